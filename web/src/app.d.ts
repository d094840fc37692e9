import type { AppDatabase } from '#lib/server/database.ts';
import type { Member } from '#lib/server/people.ts';

declare global {
	namespace App {
		interface Locals {
			/** Supabase on behalf of whoever sent the request; made anew for each one. */
			database: AppDatabase;
			/** Who asks and for which organization. In member routes only; throws a 404 where the organization is not theirs. */
			me: Member;
		}

		interface Error {
			message: string;
			/** The request's id in our log, where an error was not expected. */
			request?: string;
		}
	}
}
