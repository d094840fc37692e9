import { beforeAll, describe, expect, test } from 'vitest';
import { countSegments } from '#core/segments.ts';
import { stack } from '../support/shared-stack.ts';
import { createNumber, createOrganization, createPerson, inventNumber, type Person } from '../support/people.ts';
import { as, edge, receive, send, type Message } from './acting.ts';

const { env, sql } = stack;
let noor: Person, maya: Person, viewer: Person;
let organization: { id: string };
let number: { id: string; e164: string };

beforeAll(async () => {
	[noor, maya, viewer] = [await createPerson(sql, env), await createPerson(sql, env), await createPerson(sql, env)];
	organization = await createOrganization(sql, {
		owner: noor,
		members: [
			{ person: maya, role: 'member' },
			{ person: viewer, role: 'viewer' }
		]
	});
	number = await createNumber(sql, env, { organizationId: organization.id });
});

async function guest() {
	const from = inventNumber();
	const { conversation_id } = await receive(number.e164, { from });
	return { from, conversation_id: conversation_id! };
}

type Preflight = {
	allowed: boolean;
	reasons: { slug: string; says: string }[];
	encoding: string;
	segments: number;
	price_micros: number;
	currency: string;
};

async function preflight(who: Person, body: string, place: { conversation_id: string } | { recipient: string }) {
	const conversation = 'conversation_id' in place ? place.conversation_id : null;
	const recipient = 'recipient' in place ? place.recipient : null;
	return as(who, async (tx) => {
		const [row] = await tx<{ answer: Preflight }[]>`
			select api.preflight_message(body => ${body}, conversation_id => ${conversation},
				phone_number_id => ${recipient ? number.id : null}, recipient => ${recipient}) as answer`;
		return row!.answer;
	});
}

describe('R2.1 preflight answers what the gate would', () => {
	test('allowed, with encoding, segments and the price of the destination', async () => {
		const { conversation_id } = await guest();
		expect(await preflight(maya, 'Hello', { conversation_id })).toMatchObject({
			allowed: true,
			reasons: [],
			encoding: 'GSM-7',
			segments: 1,
			currency: 'USD'
		});
		const british = await preflight(maya, '“Hello” '.repeat(20), { recipient: '+447700900461' });
		expect(british).toMatchObject({ encoding: 'UCS-2', segments: 3, price_micros: 3 * 62_900 });
		expect((await preflight(maya, 'Hello', { recipient: '+6799991234' })).price_micros).toBe(180_000);
	});

	test('every reason at once, each with the sentence that sending refuses with', async () => {
		const { from, conversation_id } = await guest();
		await receive(number.e164, { from, body: 'STOP', keyword: 'stop' });
		await sql`update public.contacts set blocked_at = now() where phone_number = ${from} and organization_id = ${organization.id}`;
		const { allowed, reasons } = await preflight(maya, 'Dear {{contact.name}}', { conversation_id });
		expect([allowed, reasons.map(({ slug }) => slug)]).toEqual([
			false,
			['placeholder_unfilled', 'contact_blocked', 'opted_out']
		]);
		for (const { slug, says } of reasons.slice(0, 1)) {
			await expect(send(maya, { conversation_id, body: 'Dear {{contact.name}}' })).rejects.toMatchObject({
				message: slug,
				detail: says
			});
		}
		expect((await preflight(viewer, 'Hello', { recipient: inventNumber() })).reasons).toMatchObject([
			{ slug: 'not_allowed' }
		]);
		expect((await preflight(maya, ' ', { recipient: 'Stayfare' })).reasons.map(({ slug }) => slug)).toEqual([
			'message_empty',
			'recipient_invalid'
		]);
	});

	test('a stranger learns nothing', async () => {
		const { conversation_id } = await guest();
		const stranger = await createPerson(sql, env);
		await expect(preflight(stranger, 'Hello', { conversation_id })).rejects.toMatchObject({ message: 'not_found' });
	});
});

test('SQL counts segments as the core does', async () => {
	const texts = [
		...[0, 1, 69, 70, 71, 134, 135, 160, 161, 306, 307].flatMap((length) => ['a'.repeat(length), '学'.repeat(length)]),
		`${'a'.repeat(80)}\r\n${'a'.repeat(79)}`,
		`${'a'.repeat(200)}\r\n${'a'.repeat(105)}`,
		'é'.repeat(70),
		'é'.repeat(70),
		'“quoted”',
		'|'.repeat(80),
		']'.repeat(153),
		`|${'学'.repeat(69)}`,
		'😀'.repeat(36),
		`a${'😀'.repeat(67)}`,
		"it's\f^{}\\[~]€"
	];
	const rows = await sql<{ encoding: string; segments: number }[]>`
		select s.encoding, s.segments from unnest(${texts}::text[]) with ordinality t (body, place),
		lateral private.count_segments(t.body) s order by t.place`;
	expect(rows.map(({ encoding, segments }) => ({ encoding, segments }))).toEqual(
		texts.map((text) => {
			const { encoding, segments } = countSegments(text);
			return { encoding, segments };
		})
	);
	const { conversation_id } = await guest();
	const { id } = await send(maya, { conversation_id, body: 'a'.repeat(161) });
	expect(await sql`select segments from public.messages where id = ${id}`).toMatchObject([{ segments: 2 }]);
});

/** A text that waits some seconds. */
async function hold(who: Person, conversation_id: string, seconds: number): Promise<Message> {
	return as(who, async (tx) => {
		const [row] = await tx<{ message: Message }[]>`
			select api.send_message('On my way', ${crypto.randomUUID()}, ${conversation_id}, hold_seconds => ${seconds}::smallint)
			as message`;
		return row!.message;
	});
}

const unsend = (who: Person, id: string) =>
	as(who, async (tx) => (await tx<{ m: Message }[]>`select api.unsend_message(${id}) as m`)[0]!.m);

/** What the worker does between its claim and the carrier, for one text. */
async function dispatch(id: string): Promise<unknown> {
	const [job] = await sql<{ id: string; lease: string }[]>`
		update private.jobs set lease = gen_random_uuid(), leased_until = now() + interval '1 minute', attempts = 1
		where payload ->> 'message_id' = ${id} and completed_at is null returning id, lease`;
	if (!job) return null;
	const [row] = await edge`select service.begin_dispatch(${id}, ${job.id}, ${job.lease}) as text`;
	return row!.text;
}

describe('R3.4 a held text', () => {
	test('is not due before its time, and can be taken back: the list shows what stood there before', async () => {
		const { conversation_id } = await guest();
		const message = await hold(maya, conversation_id, 30);
		const [job] = await sql`select run_at > now() + interval '20 seconds' as later from private.jobs
			where payload ->> 'message_id' = ${message.id}`;
		expect(job).toEqual({ later: true });
		expect((await unsend(maya, message.id)).status).toBe('cancelled');
		expect((await unsend(maya, message.id)).status).toBe('cancelled');
		const [row] = await as(maya, (tx) => tx`select * from api.conversations where id = ${conversation_id}`);
		expect(row).toMatchObject({ last_message_body: 'Hello, anybody there?', last_message_direction: 'inbound' });
		expect(await dispatch(message.id)).toBeNull();
		// nobody answered: a colleague who saw nothing else is not stopped
		expect((await as(noor, () => send(noor, { conversation_id, seen_seq: 1 }))).seq).toBe(3);
	});

	test('is its author’s to take back, and nobody else’s', async () => {
		const { conversation_id } = await guest();
		const { id } = await hold(maya, conversation_id, 30);
		await expect(unsend(noor, id)).rejects.toMatchObject({ message: 'not_allowed' });
		await expect(unsend(await createPerson(sql, env), id)).rejects.toMatchObject({ message: 'not_found' });
	});

	test('that has left cannot be taken back', async () => {
		const { conversation_id } = await guest();
		const { id } = await hold(maya, conversation_id, 1);
		expect(await dispatch(id)).toMatchObject({ message_id: id });
		await expect(unsend(maya, id)).rejects.toMatchObject({ code: 'PT409', message: 'already_sent' });
		expect(await sql`select status from public.messages where id = ${id}`).toMatchObject([{ status: 'sending' }]);
	});

	test('taken back and handed over at the same moment: exactly one of them happens', async () => {
		for (let round = 0; round < 12; round++) {
			const { conversation_id } = await guest();
			const { id } = await hold(maya, conversation_id, 1);
			const [undone, sent] = await Promise.allSettled([unsend(maya, id), dispatch(id)]);
			const wasSent = sent.status === 'fulfilled' && sent.value !== null;
			expect([undone.status === 'fulfilled', wasSent].sort()).toEqual([false, true]);
			const [row] = await sql`select status from public.messages where id = ${id}`;
			expect(row!.status).toBe(wasSent ? 'sending' : 'cancelled');
		}
	});

	test('waits at most 30 seconds', async () => {
		const { conversation_id } = await guest();
		await expect(hold(maya, conversation_id, 31)).rejects.toMatchObject({ message: 'malformed' });
		await as(maya, (tx) => tx`select api.set_undo_send(12::smallint)`);
		const [row] = await as(maya, (tx) => tx`select api.me(null) as me`);
		expect(row!.me).toMatchObject({ undo_send_seconds: 12 });
		await expect(as(maya, (tx) => tx`select api.set_undo_send(31::smallint)`)).rejects.toMatchObject({
			message: 'malformed'
		});
	});
});
