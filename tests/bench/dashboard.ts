import { grow, type Grown } from './grown.ts';
import { quantile, type Result } from './measure.ts';
import { serverTime } from './server-time.ts';

const sizes = [10_000, 1_000_000] as const;
const rounds = 60;

/**
 * What a visit to the dashboard takes of the database's time, everything that it reads together, as a member of the largest
 * organization: with 1 M messages and with 10 k, in turns. What the page about usage takes is told beside it.
 */
export async function dashboard(): Promise<Result[]> {
	const grown: Grown[] = [];
	try {
		for (const size of sizes) {
			const one = await grow(size);
			grown.push(one);
			await count(one);
		}
		const home = grown.map(() => [] as number[]);
		const usage = grown.map(() => [] as number[]);
		// the first turn warms caches and plans and is not counted
		for (let round = 0; round <= rounds; round++) {
			for (const [at, one] of grown.entries()) {
				const [visit, figures] = [await all(one, visits(one)), await all(one, figuresOf(one))];
				if (round === 0) continue;
				home[at]?.push(visit);
				usage[at]?.push(figures);
			}
		}
		return [result('dashboard', home), { ...result('usage', usage), bar: 'none', holds: true }];
	} finally {
		for (const one of grown) await one.stop();
	}
}

function result(name: string, [small = [], large = []]: number[][]): Result {
	const [at10k, at1M] = [quantile(small, 0.95), quantile(large, 0.95)];
	return {
		name: `${name}: server time of a visit, p95, at 1 M messages against 10 k`,
		ratio: at1M / at10k,
		bar: '≤ 80 ms, and ≤ 1.5',
		holds: at1M <= 80 && at1M / at10k <= 1.5,
		figures: { 'ms at 10 k': at10k, 'ms at 1 M': at1M, 'median ms at 1 M': quantile(large, 0.5) }
	};
}

/** Counts the days of the largest organization to today, as the clock's job has done all along. */
async function count({ sql, largest }: Grown): Promise<void> {
	const id = largest.organizationId;
	await sql`
		insert into private.usage_counts (organization_id) select id from public.organizations on conflict do nothing`;
	await sql`update private.usage_counts set count_at = 'infinity' where organization_id <> ${id}`;
	for (let before = '', until = 'begins'; until !== before;) {
		before = until;
		await sql`update private.usage_counts set count_at = '-infinity' where organization_id = ${id}`;
		await sql`select private.count_usage(1)`;
		const [row] = await sql<{ until: string }[]>`
			select counted_until::text as until from private.usage_counts where organization_id = ${id}`;
		until = row?.until ?? before;
	}
	await sql`
		vacuum (analyze) private.number_days, private.sender_days, private.verification_days, private.request_days,
			public.conversations`;
}

/** What web/src/routes/(member)/[slug]/dashboard reads. */
const visits = ({ largest: { organizationId: id } }: Grown) => [
	`select api.dashboard('${id}', 30)`,
	`select id, contact_name, contact_number, title, number_label, last_message_direction, last_message_status,
		last_message_author_id, last_message_at from api.conversations
	where organization_id = '${id}' and last_seq > 0 and archived_at is null order by last_message_at desc, id desc limit 8`,
	`select user_id, role, username, full_name from api.members where organization_id = '${id}' order by username`
];

const figuresOf = ({ largest: { organizationId: id } }: Grown) => [
	`select api.usage_figures('${id}', current_date - 29, current_date)`,
	`select api.usage_months('${id}')`
];

async function all({ member }: Grown, statements: readonly string[]): Promise<number> {
	let sum = 0;
	for (const statement of statements) sum += await serverTime(member, statement);
	return sum;
}
