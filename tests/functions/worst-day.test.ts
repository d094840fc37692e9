/** The carrier's worst day from end to end: a stack of its own, many texts both ways, and nothing lost or doubled after it. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createNumber, createPerson } from '../support/people.ts';
import { startStack, type Stack } from '../support/stack.ts';
import { eventually, ring, sendText } from './doors.ts';
import { inParallel } from './storm.ts';

const seed = 20261122;
// always the same: what happens between two numbers is the seed's to say
const handsets = Array.from({ length: 12 }, (_, at) => `+1628200${1000 + at}`);
const textsEach = 8;
const sendsEach = 5;

let stack: Stack;
let person: Awaited<ReturnType<typeof createPerson>>;
let number: { id: string; e164: string };

beforeAll(async () => {
	stack = await startStack();
	person = await createPerson(stack.sql, stack.env);
	number = await createNumber(stack.sql, stack.env, { organizationId: person.organizationId });
}, 120_000);

afterAll(() => stack?.stop());

/** The status the product shows for a word of the carrier. */
const ours: Record<string, string> = { delivered: 'delivered', undelivered: 'failed', failed: 'failed', sent: 'sent' };

type Resource = { sid: string; body: string; direction: string; status: string; error_code: number | null };

/** Every text the carrier has, however bad its day. */
async function carriersTexts(): Promise<Resource[]> {
	const { TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, CARRIER_URL } = stack.env;
	const headers = { authorization: `Basic ${btoa(`${TWILIO_ACCOUNT_SID}:${TWILIO_AUTH_TOKEN}`)}` };
	const list = `${CARRIER_URL}/2010-04-01/Accounts/${TWILIO_ACCOUNT_SID}/Messages.json?PageSize=1000`;
	const response = await fetch(list, { headers });
	if (!response.ok) throw new Error(`the carrier answered ${response.status}`);
	return ((await response.json()) as { messages: Resource[] }).messages;
}

async function control(method: string, path: string, body?: object): Promise<void> {
	const response = await fetch(stack.env.CARRIER_URL + path, {
		method,
		headers: { 'content-type': 'application/json' },
		body: body && JSON.stringify(body)
	});
	if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
}

test(
	'R2.6 on the carrier’s worst day every text is stored once, every send leaves once, and all statuses are the carrier’s',
	{ timeout: 180_000 },
	async () => {
		const { sql, env } = stack;
		await control('POST', '/scenarios', { name: 'worst-day', seed });
		const receive = async (handset: string) => {
			for (let at = 0; at < textsEach; at += 1) {
				const body = at === 3 ? 'Your code is 481920.' : `Text ${at} of ${handset}`;
				await control('POST', `/handsets/${encodeURIComponent(handset)}/texts`, { to: number.e164, body });
			}
		};
		const sent: string[] = [];
		const send = async (recipient: string) => {
			for (let at = 0; at < sendsEach; at += 1) {
				const body = `Answer ${at} to ${recipient}`;
				const args = { phone_number_id: number.id, recipient, body };
				// an opt-out the carrier claimed meanwhile is the gate's to refuse
				const message = await sendText(env, person, args).catch((error: Error) => {
					if (!error.message.includes('opted_out')) throw error;
					return null;
				});
				if (message) sent.push(message.id);
			}
		};
		await Promise.all([inParallel(handsets, 6, receive), inParallel(handsets, 4, send)]);

		// a real day spreads a text's twelve attempts over hours; hurried along as here, each of them counts for nothing
		await sql`update private.jobs set max_attempts = 1000 where kind = 'send_message' and completed_at is null`;

		// time passes: jobs become due, and attempts whose outcome nobody knows are old enough to be sent again
		const unsent = async () => {
			await sql`update private.dispatches set dispatched_at = dispatched_at - interval '1 minute'
				where dispatched_at between now() - interval '40 seconds' and now() - interval '17 seconds'`;
			await ring(env, sql).catch(() => 0);
			// an attempt too soon after the last is an attempt wasted
			await pause(2500);
			return (
				await sql`select 1 from private.jobs
				where kind = 'send_message' and completed_at is null and parked_at is null limit 1`
			).length;
		};
		expect(await eventually(unsent, (count) => count === 0, 90)).toBe(0);

		const equal = async () => {
			await sql`
				insert into private.jobs (kind, queue_key, payload, max_attempts)
				select 'reconcile', 'reconcile', '{"status_after_seconds": 0}', 1000000
				where not exists (select from private.jobs where kind = 'reconcile' and completed_at is null)`;
			await ring(env, sql).catch(() => 0);
			return differences(await carriersTexts().catch(() => []));
		};
		expect(await eventually(equal, (list) => list.length === 0, 60)).toEqual([]);

		const lost = await sql`select count(*)::int as count from private.provider_events where payload ? 'account_sid'`;
		const asked = await sql`select count(*)::int as count from private.provider_events
			where payload ->> 'source' = 'reconciliation' and outcome = 'applied'`;
		expect(lost[0]!.count, 'inbound texts that only the reconciler found').toBeGreaterThan(0);
		expect(asked[0]!.count, 'statuses that only the reconciler found').toBeGreaterThan(0);
		console.info(`${sent.length} sent; the reconciler found ${lost[0]!.count} texts and ${asked[0]!.count} statuses`);

		/** What our database and the carrier's do not have in common, in words. */
		async function differences(theirs: Resource[]): Promise<string[]> {
			const rows = await sql<
				{ id: string; sid: string | null; body: string; direction: string; status: string; error: string | null }[]
			>`select id, carrier_message_id as sid, body, direction, status, error_code as error from public.messages
				where phone_number_id = ${number.id}`;
			const found: string[] = [];
			const inbound = theirs.filter((each) => each.direction === 'inbound');
			if (inbound.length !== handsets.length * textsEach) found.push(`the carrier has ${inbound.length} texts to us`);
			for (const each of inbound) {
				const copies = rows.filter((row) => row.sid === each.sid);
				if (copies.length !== 1) found.push(`${each.sid} is stored ${copies.length} times`);
				else if (copies[0]!.body !== each.body) found.push(`${each.sid} has another body`);
			}
			for (const id of sent) {
				const row = rows.find((each) => each.id === id)!;
				const taken = theirs.filter((each) => each.direction !== 'inbound' && each.body === row.body);
				const refused = row.status === 'failed' && row.error === '21610';
				if (taken.length !== (refused ? 0 : 1))
					found.push(`"${row.body}" (${row.error}) was taken ${taken.length} times`);
				const [copy] = taken;
				if (!copy) continue;
				if (copy.sid !== row.sid) found.push(`${id} is ${copy.sid} at the carrier, ${row.sid} here`);
				if (ours[copy.status] !== row.status || (copy.error_code ?? '').toString() !== (row.error ?? '')) {
					found.push(`${copy.sid}: ${copy.status} ${copy.error_code} there, ${row.status} ${row.error} here`);
				}
			}
			if (rows.filter((row) => row.direction === 'outbound').length !== sent.length) found.push('a send too many');
			return found;
		}
	}
);
