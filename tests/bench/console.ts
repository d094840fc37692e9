import { createHash, randomBytes } from 'node:crypto';
import type { Sql } from 'postgres';
import { grow } from './grown.ts';
import { median, quantile, timed, type Result } from './measure.ts';

const messages = 1_000_000;
const organizations = 10_000;
const rounds = 30;

/**
 * The console's one box among 10 k organizations and 1 M messages: what can be looked for, each in its turn, from the verb's call to
 * its answer.
 */
export async function consoleSearch(): Promise<Result> {
	const grown = await grow(messages);
	try {
		const { sql } = grown;
		await addOrganizations(sql);
		const session = await signedIn(sql);
		const kinds = await thingsOf(sql);
		const times: number[] = [];
		const slowest: Record<string, number> = {};
		for (const [kind, words] of Object.entries(kinds)) {
			const own: number[] = [];
			// the first turn warms caches and plans and is not counted
			for (let round = 0; round <= rounds; round++) {
				const asked = words[round % words.length] ?? '';
				const took = await timed(() => sql`select service.operator_search(${session}, ${asked})`);
				if (round > 0) own.push(took);
			}
			times.push(...own);
			slowest[`${kind} p95 ms`] = quantile(own, 0.95);
		}
		const p95 = quantile(times, 0.95);
		return {
			name: `the console's search among ${organizations.toLocaleString('en')} organizations and ${messages / 1e6} M messages`,
			ratio: null,
			bar: 'p95 ≤ 200 ms',
			holds: p95 <= 200,
			figures: { 'p95 ms': p95, 'median ms': median(times), ...slowest }
		};
	} finally {
		await grown.stop();
	}
}

async function addOrganizations(sql: Sql): Promise<void> {
	await sql`
		insert into public.organizations (slug, name)
		select 'console-' || n, 'Console ' || md5(n::text)
		from generate_series(1, ${organizations}) n`;
	await sql`analyze public.organizations`;
}

/** A session of an operator who has confirmed a code. */
async function signedIn(sql: Sql): Promise<string> {
	const session = createHash('sha256').update(randomBytes(20)).digest('hex');
	const [invited] = await sql`select private.invite_operator('bench', 'Bench', 'support', null) as token`;
	await sql`select service.operator_set_up(${String(invited?.token)}, ${session}, 1, 'none', '{}', null, '127.0.0.1', 'bench')`;
	return session;
}

/** Some of each kind that is there. */
async function thingsOf(sql: Sql): Promise<Record<string, string[]>> {
	const words = async (query: PromiseLike<readonly { word: string | null }[]>) =>
		(await query).flatMap(({ word }) => (word === null ? [] : [word]));
	return {
		name: await words(sql`select left(name, 14) as word from public.organizations order by random() limit 30`),
		address: await words(sql`select slug as word from public.organizations order by random() limit 30`),
		'one letter more': ['co', 'te', 'con'],
		person: await words(sql`select email as word from auth.users order by random() limit 30`),
		number: await words(sql`select e164 as word from public.phone_numbers order by random() limit 30`),
		'number at home': await words(sql`
			select substr(e164, 3) as word from public.phone_numbers where e164 like '+1%' order by random() limit 30`),
		message: await words(sql`
			select carrier_message_id as word from public.messages tablesample system (0.1) where carrier_message_id is not null limit 30`),
		id: await words(sql`select id::text as word from public.messages tablesample system (0.1) limit 30`),
		'nothing there': [
			'cum_live_00000000',
			'SM00000000000000000000000000000000',
			'evt_nobody_sent_this',
			'+15005550006',
			'Order d3f4f462'
		]
	};
}
