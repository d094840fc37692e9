import { statusOf } from '../../supabase/functions/_shared/carriers/twilio.ts';
import { eventually, textsOf } from '../functions/doors.ts';
import type { Browser } from './browsers.ts';
import type { Promises } from './traffic.ts';
import type { World } from './world.ts';

/** What is wrong, each with its examples; empty lists when every promise was kept. */
export type Audit = Record<
	| 'lost texts'
	| 'doubled texts'
	| 'lost sends'
	| 'sends not texted'
	| 'sends texted twice'
	| 'sent by word alone'
	| 'statuses unequal'
	| 'threads unequal',
	string[]
>;

type Row = {
	id: string;
	conversation_id: string;
	seq: number;
	revision: number;
	status: string;
	body: string;
	direction: string;
	carrier_message_id: string | null;
};
type CarrierText = { sid: string; body: string; status: string; direction: string };

/** Holds what was promised against what the database, the carrier, the handsets and the browsers have. */
export async function audit(world: World, promises: Promises, browsers: Browser[] = []): Promise<Audit> {
	// copied before anything is read: traffic may go on, and what is promised later is not yet to be seen
	const texts = [...promises.acknowledged];
	const sends = [...promises.accepted].map(([id, send]) => ({ id, ...send }));
	const rows = await rowsOf(world);
	const taken = (await carrierTexts(world)).filter(({ direction }) => direction !== 'inbound');
	const shown = await shownTexts(world);
	const stored = countBy(rows, ({ direction, body }) => `${direction} ${body}`);
	const atCarrier = countBy(taken, ({ body }) => body);
	const atHandsets = countBy(shown, (body) => body);
	const sids = new Set(rows.map((row) => row.carrier_message_id));
	const ids = new Set(rows.map(({ id }) => id));
	const byCarrier = new Map(taken.map((text) => [text.sid, text]));

	return {
		'lost texts': texts.filter(([sid]) => !sids.has(sid)).map(([, body]) => body),
		'doubled texts': texts.map(([, body]) => body).filter((body) => (stored.get(`inbound ${body}`) ?? 0) > 1),
		'lost sends': sends.filter(({ id }) => !ids.has(id)).map(({ body }) => body),
		'sends not texted': sends
			.filter(({ body }) => !atCarrier.has(body) || !atHandsets.has(body))
			.map(({ body }) => body),
		// also what nobody was told of: a send whose answer was lost counts all the same
		'sends texted twice': [...atCarrier, ...atHandsets].filter(([, count]) => count > 1).map(([body]) => body),
		'sent by word alone': rows
			.filter(({ direction, status }) => direction === 'outbound' && ['sent', 'delivered'].includes(status))
			.filter(({ carrier_message_id: sid }) => !byCarrier.has(sid ?? ''))
			.map(({ body, status }) => `${body}: ${status}`),
		'statuses unequal': rows
			.filter(({ direction }) => direction === 'outbound')
			.filter((row) => statusOf(byCarrier.get(row.carrier_message_id ?? '')?.status ?? '') !== row.status)
			.map(({ body, status, carrier_message_id: sid }) => `${body}: ${status}, ${byCarrier.get(sid ?? '')?.status}`),
		'threads unequal': unequalThreads(rows, browsers)
	};
}

/** The same once everything has settled: asked again until nothing is wrong, for so many seconds. */
export function auditWhenQuiet(world: World, promises: Promises, browsers: Browser[], seconds: number): Promise<Audit> {
	return eventually(
		() => audit(world, promises, browsers),
		(found) => Object.values(found).every((list) => list.length === 0),
		seconds
	);
}

function unequalThreads(rows: Row[], browsers: Browser[]): string[] {
	const written = (list: readonly Pick<Row, 'id' | 'seq' | 'revision' | 'status' | 'body'>[]) =>
		list.map(({ id, seq, revision, status, body }) => [id, seq, revision, status, body].join(' ')).join('\n');
	return browsers.flatMap(({ threads }, at) =>
		[...threads]
			.filter(([id, { messages }]) => written(messages) !== written(rows.filter((row) => row.conversation_id === id)))
			.map(([id, { messages }]) => `browser ${at}, ${id}: ${messages.length} messages`)
	);
}

async function rowsOf({ stack, number }: World): Promise<Row[]> {
	// bigint comes as text: a thread's seq and revision are numbers
	return stack.sql<Row[]>`
		select id, conversation_id, seq::int as seq, revision::int as revision, status, body, direction, carrier_message_id
		from public.messages where phone_number_id = ${number.id}
		order by conversation_id, seq`;
}

/** Every text the carrier has of the number, page by page. */
async function carrierTexts({ stack: { env }, number }: World): Promise<CarrierText[]> {
	const account = `${env.TWILIO_ACCOUNT_SID}:${env.TWILIO_AUTH_TOKEN}`;
	const query = new URLSearchParams({ From: number.e164, PageSize: '1000' });
	const texts: CarrierText[] = [];
	let path: string | null = `/2010-04-01/Accounts/${env.TWILIO_ACCOUNT_SID}/Messages.json?${query}`;
	while (path) {
		const response = await fetch(env.CARRIER_URL + path, { headers: { authorization: `Basic ${btoa(account)}` } });
		const page = (await response.json()) as { messages: CarrierText[]; next_page_uri: string | null };
		texts.push(...page.messages);
		path = page.next_page_uri;
	}
	return texts;
}

/** The bodies that arrived on the handsets. */
async function shownTexts({ stack, number, conversations }: World): Promise<string[]> {
	const lists = await Promise.all([...conversations.keys()].map((handset) => textsOf(stack.env, handset)));
	return lists
		.flat()
		.filter(({ from }) => from === number.e164)
		.map(({ body }) => body);
}

function countBy<Thing>(things: readonly Thing[], key: (thing: Thing) => string): Map<string, number> {
	const counts = new Map<string, number>();
	for (const thing of things) counts.set(key(thing), (counts.get(key(thing)) ?? 0) + 1);
	return counts;
}
