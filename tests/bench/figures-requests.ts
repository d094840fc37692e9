import { linesOf, monthOf, type Asking, type Lines } from './figures.ts';
import { between, requestCounts, summed, type Requests, type Truth } from './figures-brute.ts';

type Counts = Pick<Requests, (typeof requestCounts)[number]>;
type Sums = Record<string, number[]>;
/** What a page tells, and what is. */
type Compared = [told: unknown, is: unknown];

const callerOf = ({ caller }: { caller: string }) => caller;

/** By person and key, as the page about usage tells them. */
export function requestsOf(
	{ requests }: Truth,
	callers: readonly { id: string; requests: number | null }[],
	since: string,
	until: string
): Compared {
	const told = summed(callers, ['requests'], ({ id }) => id);
	return [told, summed(between(requests, since, until), ['requests'], callerOf)];
}

export type ApiRequests = ({ day: string; api_key_id: string | null } & Counts)[];

/** By day and key, those of people together, as the API tells them. */
export function apiRequests({ requests }: Truth, told: ApiRequests, since: string, until: string): Compared {
	const is = between(requests, since, until);
	return [
		summed(told, requestCounts, ({ day, api_key_id }) => `${day} ${api_key_id ?? 'people'}`),
		summed(is, requestCounts, ({ day, caller, by_key }) => `${day} ${by_key ? caller : 'people'}`)
	];
}

type Analytics = { month: string; all: Counts; times: Counts[]; callers: (Counts & { id: string })[]; costs: Lines };
type Logged = { key_id: string | null; user_id: string | null };

/** The months of the page about requests, what they cost among them, and the log itself from one day to another. */
export async function requestLog(asking: Asking, since: string, until: string): Promise<void> {
	const { organization, truth, ask, check } = asking;
	const months = new Set(truth.requests.map(({ day }) => day.slice(0, 7)));
	for (const month of months) {
		const page = await ask<Analytics>(
			`select api.request_analytics('${organization.id}', 'month', '${month}-01') as it`
		);
		const rows = truth.requests.filter(({ day }) => day.startsWith(month));
		const whole = (all: readonly Counts[]): Sums => summed(all, requestCounts, () => month);
		check(`requests of ${month}`, whole([page.all]), whole(rows));
		check(`requests of ${month} by day`, whole(page.times), whole(rows));
		const byCaller = summed(page.callers, requestCounts, ({ id }) => id);
		check(`requests of ${month} by caller`, byCaller, summed(rows, requestCounts, callerOf));
		check(`what requests of ${month} stand beside`, linesOf(page.costs), monthOf(truth, month));
	}
	const log = await ask<Logged[] | null>(`select jsonb_agg(l) as it from api.request_log('${organization.id}',
		since => '${since}'::timestamp at time zone '${organization.zone}',
		until => ('${until}'::date + 1)::timestamp at time zone '${organization.zone}', batch => 1000) l`);
	const logged = (log ?? []).map(({ key_id, user_id }) => ({ caller: key_id ?? user_id ?? '', requests: 1 }));
	const is = summed(between(truth.requests, since, until), ['requests'], callerOf);
	check('the log of requests', summed(logged, ['requests'], callerOf), is);
}
