import { grow, type Grown } from './grown.ts';
import { median, quantile, type Result } from './measure.ts';
import { pages } from './pages.ts';
import { serverTime } from './server-time.ts';

const messages = 1_000_000;
const rounds = 60;

/**
 * What opening the inbox, opening a thread of 100,000 and jumping into its middle read among 1 M messages, as a member whom
 * some numbers are shut to, against the same prepared queries without RLS. `search` measures the words.
 */
export async function jump(): Promise<Result[]> {
	const grown = await grow(messages);
	try {
		const { 'inbox page': inbox = '', 'thread page, first': thread = '' } = await pages(grown);
		const half = Math.floor(grown.longest.messages / 2);
		const around = `select * from api.messages where conversation_id = '${grown.longest.conversationId}' and seq`;
		const reads = {
			'opening the inbox': [inbox],
			'opening a thread': [thread],
			// as the page asks: what stands before the place, and what from there on
			[`jumping to message ${half}`]: [
				`${around} < ${half} order by seq desc limit 50`,
				`${around} >= ${half} order by seq limit 50`
			]
		};
		const results: Result[] = [];
		for (const [name, queries] of Object.entries(reads)) results.push(await measured(grown, name, queries));
		return results;
	} finally {
		await grown.stop();
	}
}

let prepared = 0;

async function measured({ member, free }: Grown, name: string, queries: readonly string[]): Promise<Result> {
	const statements: string[] = [];
	for (const query of queries) {
		const statement = `jump_${(prepared += 1)}`;
		for (const connection of [member, free]) await connection.unsafe(`prepare ${statement} as ${query}`);
		statements.push(statement);
	}
	const total = async (connection: Grown['member']) => {
		let sum = 0;
		for (const statement of statements) sum += await serverTime(connection, `execute ${statement}`);
		return sum;
	};
	const times = { bare: [] as number[], member: [] as number[] };
	// the first turns warm caches and plans (five executions until a plan is kept) and are not counted
	for (let round = -7; round < rounds; round++) {
		const [bare, asMember] = [await total(free), await total(member)];
		if (round < 0) continue;
		times.bare.push(bare);
		times.member.push(asMember);
	}
	const ratio = median(times.member) / median(times.bare);
	const p95 = quantile(times.member, 0.95);
	return {
		name: `${name} among ${messages / 1e6} M messages as a member, SQL against the bare query`,
		ratio,
		bar: '≤ 2, p95 ≤ 50 ms',
		holds: ratio <= 2 && p95 <= 50,
		figures: { 'median ms': median(times.member), 'p95 ms': p95, 'bare ms': median(times.bare) }
	};
}
