import { createClient } from '@supabase/supabase-js';
import { expect, test } from 'vitest';
import * as conversations from '#lib/server/conversations.ts';
import type { AppDatabase } from '#lib/server/database.ts';
import * as newTexts from '#lib/server/new-texts.ts';
import * as senders from '#lib/server/senders.ts';
import { conversation, message } from './conversation-rows.ts';

type Rows = Record<string, (query: URLSearchParams) => unknown>;

/** Supabase as one person sees it: views answer rows, verbs what the test says. */
function databaseOf(answers: Rows) {
	const asked: { path: string; query: URLSearchParams; body: Record<string, unknown> }[] = [];
	const fetch: typeof globalThis.fetch = async (input, init) => {
		const url = new URL(String(input));
		const path = url.pathname.replace('/rest/v1/', '');
		asked.push({ path, query: url.searchParams, body: JSON.parse(String(init?.body ?? '{}')) });
		const answer = answers[path]?.(url.searchParams) ?? [];
		return answer instanceof Response ? answer : Response.json(answer);
	};
	const client = createClient('http://db.example', 'sb_publishable_x', { db: { schema: 'api' }, global: { fetch } });
	return { database: client as unknown as AppDatabase, asked };
}

const refused = (status: number, slug: string) => () =>
	Response.json({ code: `PT${status}`, message: slug, details: '', hint: null }, { status });
const id = '01a20362-b09b-7eaa-bee4-c62710d4a313';

test('a conversation that is not there, not theirs or no id at all is answered alike', async () => {
	const { database } = databaseOf({ conversations: () => [] });
	for (const wanted of [id, 'nonsense', '1; drop table messages'])
		await expect(conversations.open(database, 'organization', wanted, null)).rejects.toMatchObject({
			slug: 'not_found'
		});
});

test('R2.4 a thread opens with its latest texts in order, reaching back to what was read last', async () => {
	const all = Array.from({ length: 90 }, (_, at) => message({ seq: at + 1 }));
	const answers = (row: ReturnType<typeof conversation>) => ({
		conversations: () => [row],
		messages: (query: URLSearchParams) => all.toReversed().slice(0, Number(query.get('limit')))
	});
	const seqs = async (row: ReturnType<typeof conversation>) => {
		const { messages, more } = await conversations.open(databaseOf(answers(row)).database, 'organization', id, null);
		return [messages.at(0)?.seq, messages.at(-1)?.seq, more];
	};
	expect(await seqs(conversation({ id, last_seq: 90, last_read_seq: 88, unread_count: 2 }))).toEqual([41, 90, true]);
	expect(await seqs(conversation({ id, last_seq: 90, last_read_seq: 20, unread_count: 70 }))).toEqual([11, 90, true]);
});

test('R2.3 the list goes on after a place, and begins at the top after nonsense', async () => {
	const { database, asked } = databaseOf({ conversations: () => [conversation({})] });
	const filter = { show: 'mine', number: null, label: id } as const;
	for (const after of [`2026-11-22T10:41:07.5+00:00 ${id}`, '),id.gt.0,(']) {
		await conversations.list(database, 'organization', { me: 'noor', filter, after });
	}
	expect(asked[0]?.query.get('assignee_id')).toBe('eq.noor');
	expect(asked[0]?.query.get('archived_at')).toBe('is.null');
	expect(asked[0]?.query.get('label_ids')).toBe(`cs.{${id}}`);
	expect(asked[0]?.query.get('or')).toBe(
		`(last_message_at.lt."2026-11-22T10:41:07.5+00:00",and(last_message_at.eq."2026-11-22T10:41:07.5+00:00",id.lt.${id}))`
	);
	expect(asked[0]?.query.get('last_message_at')).toBe('lte.2026-11-22T10:41:07.5+00:00');
	expect(asked[1]?.query.has('or')).toBe(false);
	expect(asked[1]?.query.has('last_message_at')).toBe(false);
});

test('R2.1 an answer carries its key, what its author had seen, and how many segments it takes', async () => {
	const { database, asked } = databaseOf({ 'rpc/send_message': () => message({ seq: 8, direction: 'outbound' }) });
	const draft = conversations.Answer.parse({ body: ' two\r\nlines ', idempotency_key: 'key-of-mine', seen_seq: '7' });
	expect(await conversations.answer(database, id, draft)).toMatchObject({ seq: 8 });
	expect(asked[0]?.body).toEqual({
		body: 'two\nlines',
		idempotency_key: 'key-of-mine',
		seen_seq: 7,
		conversation_id: id,
		hold_seconds: 0,
		segments: 1
	});
});

test.each(['collision', 'opted_out', 'message_too_long', 'not_allowed'] as const)(
	'a refusal crosses with its name: %s',
	async (slug) => {
		const { database } = databaseOf({ 'rpc/send_message': refused(409, slug) });
		const draft = { body: 'Hello', idempotency_key: 'key-of-mine' };
		await expect(conversations.answer(database, id, draft)).rejects.toMatchObject({ slug });
	}
);

test('R4.7 a new text goes from the chosen number; its recipient is read as dialled in that number’s country', async () => {
	const { database, asked } = databaseOf({
		phone_numbers: () => [{ country_code: 'US' }],
		'rpc/send_message': () => message({ seq: 1, direction: 'outbound' })
	});
	const draft = { body: 'Hello', idempotency_key: 'key-of-mine', phone_number_id: id, recipient: '(415) 555-0173' };
	await conversations.start(database, draft);
	expect(asked.at(-1)?.body).toMatchObject({ phone_number_id: id, recipient: '+14155550173' });
	await expect(conversations.start(database, { ...draft, recipient: '415 55' })).rejects.toMatchObject({
		slug: 'recipient_invalid',
		says: expect.stringContaining('short')
	});
});

const owned = (id: string, e164: string, country_code: string, wish: Partial<senders.Sender> = {}): senders.Sender => ({
	...{ id, e164, country_code, label: country_code, status: 'active', capabilities: ['sms'], is_default: false },
	...wish
});
const british = owned('01a20362-b09b-7eaa-bee4-c62710d4a3bb', '+442079460123', 'GB');
const american = owned('01a20362-b09b-7eaa-bee4-c62710d4a3aa', '+14155550142', 'US');
const frozen = owned('01a20362-b09b-7eaa-bee4-c62710d4a3cc', '+493012345678', 'DE', { status: 'grace' });

test('R4.7 where nothing is chosen, the server takes the number that fits each recipient, as people of the organization dial', async () => {
	const { database, asked } = databaseOf({
		organizations: () => [{ country_code: 'GB' }],
		owned_numbers: () => [frozen, american, british],
		'rpc/send_message': () => message({ seq: 1, direction: 'outbound' })
	});
	const draft = { body: 'Hello', idempotency_key: 'key-of-mine', phone_number_id: '' };
	await newTexts.sendToOne(database, 'organization', { ...draft, recipient: '020 7946 0999' });
	expect(asked.at(-1)?.body).toMatchObject({ phone_number_id: british.id, recipient: '+442079460999' });
	const recipients = await newTexts.recipientsOf(database, 'organization', {
		...draft,
		recipients: '+14155550173, 020 7946 0999'
	});
	await newTexts.sendToSeveral(database, 'organization', recipients, { ...draft, recipients: '' });
	const from = asked.filter(({ path }) => path === 'rpc/send_message').map(({ body }) => body.phone_number_id);
	expect(from).toEqual([british.id, american.id, british.id]);
	expect(await newTexts.bestFor(database, 'organization', '+49 30 12345679')).toEqual({
		id: american.id,
		match: 'oldest'
	});
	expect(await newTexts.bestFor(database, 'organization', '020 79')).toBeNull();
});

test('R4.7 where all numbers are frozen, the gate says so of the oldest', async () => {
	const { database, asked } = databaseOf({
		organizations: () => [{ country_code: 'US' }],
		owned_numbers: () => [frozen],
		'rpc/send_message': refused(409, 'number_frozen')
	});
	const draft = { body: 'Hello', idempotency_key: 'key-of-mine', phone_number_id: '', recipient: '+14155550173' };
	await expect(newTexts.sendToOne(database, 'organization', draft)).rejects.toMatchObject({ slug: 'number_frozen' });
	expect(asked.at(-1)?.body).toMatchObject({ phone_number_id: frozen.id });
});

test('R4.7 a new text begins from the default, from the only number, or from what fits', () => {
	const mine = { ...british, is_default: true };
	expect(senders.choices([american, mine])).toMatchObject({ automatic: true, chosen: british.id });
	expect(senders.choices([american, british])).toMatchObject({ automatic: true, chosen: '' });
	expect(senders.choices([frozen, british])).toMatchObject({
		...{ automatic: false, chosen: british.id },
		numbers: [
			{ id: frozen.id, rests: 'not renewed' },
			{ id: british.id, rests: null }
		]
	});
	expect(senders.choices([{ ...frozen, is_default: true }, american, british])).toMatchObject({ chosen: '' });
	expect(senders.choices([frozen])).toMatchObject({ automatic: false, chosen: frozen.id });
	expect(senders.choices([])).toEqual({ automatic: false, chosen: '', numbers: [] });
});
