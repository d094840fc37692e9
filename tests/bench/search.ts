import { grow, type Grown } from './grown.ts';
import { median, quantile, type Result } from './measure.ts';
import { serverTime } from './server-time.ts';

const messages = 1_000_000;
const rounds = 30;
const page = 30;

/** How often words are in the generated texts: from every few to hardly any. */
const words = { 'a common word': 'the', 'a word of every thirtieth text': 'bakery', 'a rare word': 'lighthouse' };

/**
 * Searching among 1 M messages as a member whom some numbers are shut to: api.search_messages, against the quicker of the two
 * bare queries without RLS that find the same page: back in time until there are enough, or by the index of words.
 */
export async function search(): Promise<Result[]> {
	const grown = await grow(messages);
	try {
		const results: Result[] = [];
		for (const [name, word] of Object.entries(words)) results.push(await measured(grown, name, word));
		return results;
	} finally {
		await grown.stop();
	}
}

async function measured({ member, free, largest }: Grown, name: string, word: string): Promise<Result> {
	const { organizationId } = largest;
	const found = `organization_id = '${organizationId}' and private.search_vector(body) @@ private.search_query('${word}')`;
	const walked = `select id, body from (
			select * from public.messages where organization_id = '${organizationId}' order by id desc limit 400
		) m where ${found} limit ${page}`;
	const looked = `with found as materialized (select id, body from public.messages where ${found})
		select id, body from found order by id desc limit ${page}`;
	const asked = `select api.search_messages('${organizationId}', '${word}')`;
	const isCommon = (await free.unsafe(walked)).length === page;
	const times = { bare: [] as number[], verb: [] as number[] };
	// the first turn warms caches and plans and is not counted
	for (let round = 0; round <= rounds; round++) {
		const bare = await serverTime(free, isCommon ? walked : looked);
		const verb = await serverTime(member, asked);
		if (round === 0) continue;
		times.bare.push(bare);
		times.verb.push(verb);
	}
	const ratio = median(times.verb) / median(times.bare);
	const p95 = quantile(times.verb, 0.95);
	return {
		name: `searching ${name} among ${messages / 1e6} M messages as a member, against the bare index query`,
		ratio,
		bar: '≤ 2, p95 ≤ 50 ms',
		holds: ratio <= 2 && p95 <= 50,
		figures: { 'median ms': median(times.verb), 'p95 ms': p95, 'bare ms': median(times.bare) }
	};
}
