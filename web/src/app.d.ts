import type { AppDatabase } from '#lib/server/database.ts';
import type { Slug } from '#core/failures.ts';
import type { Operator } from '#lib/server/operators/realm.ts';
import type { Member, Person } from '#lib/server/people.ts';

declare global {
	namespace App {
		interface Locals {
			/** By it every room's log finds this request. */
			requestId: string;
			/** Supabase on behalf of whoever sent the request; made anew for each one. */
			database: AppDatabase;
			/** Who asks and for which organization. In member routes only; throws a 404 where the organization is not theirs. */
			me: Member;
			/** Who asks. In the routes of (person) only; throws where the account is suspended. */
			person: Person;
			/** In the console only, and there in place of everything above: the operator who asks. */
			operator: Operator;
			/** On the console's sign-in page: who is in already, or half way. */
			entering?: Operator;
		}

		interface PageState {
			/** The organization that the person was led away from, because they no longer belong to it. */
			left?: string;
		}

		interface Error {
			message: string;
			/** Which refusal it is, where it is one of ours. */
			slug?: Slug;
			/** The request's id in our log, where an error was not expected. */
			request?: string;
		}
	}
}
