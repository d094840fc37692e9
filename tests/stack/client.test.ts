/** Every call that the product makes, by the default client of @supabase/supabase-js, against the whole stack. */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { describe, expect, test } from 'vitest';
import { conditionsOf, shows } from '#core/inbox-filters.ts';
import { timeAsJson } from '../../stack/lite.ts';
import type { Database } from '../../supabase/functions/_shared/database.types.ts';
import {
	addMember,
	createNumber,
	createOrganization,
	createPerson,
	inventNumber,
	testPassword
} from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { letterTo, linkIn, newcomer, password } from './newcomer.ts';

const { env, sql } = stack;
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$/;

function client(): SupabaseClient<Database, 'api'> {
	return createClient<Database, 'api'>(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, { db: { schema: 'api' } });
}

/** What was answered; a refusal is a failure. */
async function ok<T extends { data: unknown; error: unknown }>(answer: PromiseLike<T>): Promise<Answer<T>> {
	const { data, error } = await answer;
	if (error) throw error;
	return data as Answer<T>;
}
type Answer<T> = NonNullable<Extract<T, { error: null }> extends { data: infer D } ? D : never>;

/** A team of two with a number, and a conversation of five texts in and one out. */
async function team() {
	const [noor, maya] = await Promise.all([createPerson(sql, env), createPerson(sql, env)]);
	const organization = await createOrganization(sql, { owner: noor });
	await addMember(sql, organization.id, maya, 'member');
	const number = await createNumber(sql, env, { organizationId: organization.id, label: 'Desk' });
	const guest = inventNumber();
	for (let i = 1; i <= 5; i++) {
		const sid = `SM${randomUUID().replaceAll('-', '')}`;
		await sql`select service.receive_message('twilio', ${sid}, ${guest}, ${number.e164}, ${`text ${i}, "quoted"`}, 1, null, '{}')`;
	}
	const [database, colleague] = [client(), client()];
	await ok(database.auth.signInWithPassword({ email: noor.email, password: testPassword }));
	await ok(colleague.auth.signInWithPassword({ email: maya.email, password: testPassword }));
	const [conversation] = await ok(database.from('conversations').select('*').eq('organization_id', organization.id));
	return { noor, maya, organization, number, guest, database, colleague, conversation: conversation! };
}

describe('auth', () => {
	test('signUp, resend, verifyOtp, signOut, signInWithPassword, getSession, refreshSession', async () => {
		const database = client();
		const { email, username, fullName } = newcomer();
		const options = { data: { username, full_name: fullName } };
		const signedUp = await ok(database.auth.signUp({ email, password, options }));
		expect([signedUp.user?.email, signedUp.session]).toEqual([email, null]);
		const early = await database.auth.resend({ type: 'signup', email });
		expect(early.error).toMatchObject({ status: 429, code: 'over_email_send_rate_limit' });

		const token_hash = linkIn(await letterTo(env, email)).searchParams.get('token_hash')!;
		const verified = await ok(database.auth.verifyOtp({ token_hash, type: 'signup' }));
		expect(verified.session!.user.user_metadata).toMatchObject({ username });

		await ok(database.auth.signOut({ scope: 'local' }).then(({ error }) => ({ data: true, error })));
		expect((await database.auth.getSession()).data.session).toBeNull();
		const signedIn = await ok(database.auth.signInWithPassword({ email, password }));
		expect((await ok(database.auth.getSession())).session!.access_token).toBe(signedIn.session.access_token);
		expect((await ok(database.auth.getUser())).user.id).toBe(signedIn.user.id);
		const refreshed = await ok(database.auth.refreshSession());
		expect(refreshed.session!.refresh_token).not.toBe(signedIn.session.refresh_token);
		expect((await ok(database.rpc('me'))) as object).toMatchObject({ username });
	});
});

describe('functions', () => {
	test('rpc username_available, me, send_message, mark_read, find_place', async () => {
		const { database, noor, organization, conversation, number } = await team();
		expect(await ok(client().rpc('username_available', { username: noor.username }))).toBe(false);
		expect(await ok(database.rpc('me', { slug: organization.slug }))).toMatchObject({
			user_id: noor.userId,
			organization: { id: organization.id, role: 'owner' }
		});
		const draft = { body: 'an answer', idempotency_key: randomUUID(), segments: 1 };
		const sent = await ok(database.rpc('send_message', { ...draft, conversation_id: conversation.id, seen_seq: 5 }));
		expect(sent).toMatchObject({ body: 'an answer', direction: 'outbound', seq: 6, created_at: expect.any(String) });
		expect(await ok(database.rpc('send_message', { ...draft, conversation_id: conversation.id }))).toMatchObject({
			id: (sent as { id: string }).id
		});
		const started = {
			body: 'hello',
			idempotency_key: randomUUID(),
			phone_number_id: number.id,
			recipient: inventNumber()
		};
		expect(await ok(database.rpc('send_message', started))).toMatchObject({ seq: 1 });
		expect((await database.rpc('mark_read', { conversation_id: conversation.id, seq: 5 })).error).toBeNull();
		const moment = '2001-01-01T00:00:00Z';
		expect(await ok(database.rpc('find_place', { conversation_id: conversation.id, moment }))).toBe(1);
		const [read] = await ok(database.from('conversations').select('unread_count').eq('id', conversation.id));
		expect(read).toEqual({ unread_count: 0 });
	});

	test('R2.7 rpc of what is done with conversations, with from labels, retention_rules, inbox_counts and every filter of the list', async () => {
		const { database, noor, organization, conversation } = await team();
		await sql`select private.record_password_entered(s.id) from auth.sessions s where s.user_id = ${noor.userId}`;
		const ids = { conversation_ids: [conversation.id] };
		const name = await ok(database.rpc('create_label', { organization_id: organization.id, name: 'Arrives' }));
		const done = [
			await database.rpc('set_labels', { ...ids, add: [name], remove: [] }),
			await database.rpc('change_label', { label_id: name, name: 'Arrives today', color: 2 }),
			await database.rpc('assign_conversations', { ...ids, assignee_id: noor.userId }),
			await database.rpc('follow_conversation', { conversation_id: conversation.id, follows: true }),
			await database.rpc('mark_read', { conversation_id: conversation.id, seq: 5 }),
			await database.rpc('mark_unread', { conversation_id: conversation.id }),
			await database.rpc('set_retention', { organization_id: organization.id, class: 'bodies', days: 90 }),
			await database.rpc('count_retention', { organization_id: organization.id, class: 'codes', days: 1 }),
			await database.rpc('set_inbox_settings', {
				organization_id: organization.id,
				country_code: 'DE',
				reopen_archived: true
			})
		];
		expect(done.map(({ error }) => error)).toEqual(done.map(() => null));
		expect(await ok(database.from('labels').select('id, name').eq('organization_id', organization.id))).toEqual([
			{ id: name, name: 'Arrives today' }
		]);
		expect(
			await ok(database.from('retention_rules').select('class, days').eq('organization_id', organization.id))
		).toEqual([{ class: 'bodies', days: 90 }]);
		const counts = () =>
			database
				.from('inbox_counts')
				.select('mine, unassigned, open, unread, scheduled')
				.eq('organization_id', organization.id)
				.maybeSingle();
		expect(await ok(counts())).toEqual({ mine: 1, unassigned: 0, open: 1, unread: 1, scheduled: 0 });

		const holding = async () => {
			const found: string[] = [];
			for (const show of shows) {
				let query = database.from('conversations').select('*').eq('organization_id', organization.id);
				for (const [column, operator, value] of conditionsOf({ show, number: null, label: name }, noor.userId)) {
					query = query.filter(column, operator, value);
				}
				if ((await ok(query)).length > 0) found.push(show);
			}
			return found;
		};
		expect(await holding()).toEqual(['open', 'mine', 'unread', 'all']);
		const until = new Date(Date.now() + 3_600_000).toISOString();
		expect((await database.rpc('snooze_conversations', { ...ids, until })).error).toBeNull();
		expect(await holding()).toEqual(['snoozed', 'all']);
		expect((await database.rpc('archive_conversations', ids)).error).toBeNull();
		expect(await holding()).toEqual(['archived', 'all']);
		expect((await database.rpc('restore_conversations', ids)).error).toBeNull();
		expect((await database.rpc('delete_conversations', ids)).error).toMatchObject({ message: 'not_long_archived' });
		expect((await database.rpc('delete_label', { label_id: name })).error).toBeNull();
		expect(await holding()).toEqual([]);
	});

	test('a refusal keeps its status, slug and sentence', async () => {
		const { colleague, database, conversation } = await team();
		const send = (by: typeof database, seen_seq: number) =>
			by.rpc('send_message', {
				body: 'mine',
				idempotency_key: randomUUID(),
				conversation_id: conversation.id,
				seen_seq
			});
		await ok(send(colleague, 5));
		const late = await send(database, 5);
		expect(late.status).toBe(409);
		expect(late.error).toMatchObject({ code: 'PT409', message: 'collision', details: expect.any(String) });
	});
});

describe('reads', () => {
	test('the inbox: eq, is, order twice, limit, and the page after a place by lte and or', async () => {
		const { database, organization, number } = await team();
		for (let i = 0; i < 3; i++) {
			const sid = `SM${randomUUID().replaceAll('-', '')}`;
			await sql`select service.receive_message('twilio', ${sid}, ${inventNumber()}, ${number.e164}, 'hi', 1, null, '{}')`;
		}
		const page = () =>
			database
				.from('conversations')
				.select('*')
				.eq('organization_id', organization.id)
				.is('archived_at', null)
				.order('last_message_at', { ascending: false })
				.order('id', { ascending: false })
				.limit(2);
		const first = await ok(page());
		const { last_message_at: at, id } = first.at(-1)!;
		expect(at).toMatch(iso);
		const after = page().lte('last_message_at', at);
		const second = await ok(after.or(`last_message_at.lt."${at}",and(last_message_at.eq."${at}",id.lt.${id})`));
		expect(new Set([...first, ...second].map((row) => row.id)).size).toBe(4);
	});

	test('the thread: eq, lt, gt, or, order, limit', async () => {
		const { database, colleague, noor, conversation } = await team();
		const send = { body: 'by a colleague', idempotency_key: randomUUID(), conversation_id: conversation.id };
		await ok(colleague.rpc('send_message', send));
		const messages = () => database.from('messages').select('*').eq('conversation_id', conversation.id);
		const before = await ok(messages().lt('seq', 4).order('seq', { ascending: false }).limit(2));
		expect(before.map(({ seq, body }) => [seq, body])).toEqual([
			[3, 'text 3, "quoted"'],
			[2, 'text 2, "quoted"']
		]);
		const answers = await ok(
			messages()
				.eq('direction', 'outbound')
				.or(`author_id.is.null,author_id.neq.${noor.userId}`)
				.gt('seq', 5)
				.order('seq')
				.limit(50)
		);
		expect(answers.map(({ body }) => body)).toEqual(['by a colleague']);
		expect(await ok(messages().in('seq', [1, 5]))).toHaveLength(2);
		expect((await messages().eq('id', randomUUID()).maybeSingle()).data).toBeNull();
		expect((await messages().eq('id', randomUUID()).single()).error?.code).toBe('PGRST116');
		expect((await database.from('messages').select('*', { count: 'exact', head: true })).count).toBe(6);
	});

	test('numbers, members, organizations, contacts: chosen columns in order', async () => {
		const { database, organization, number, guest, noor, maya } = await team();
		const mine = { organization_id: organization.id };
		const numbers = await ok(
			database
				.from('phone_numbers')
				.select('id, e164, label, color, country_code')
				.eq('organization_id', organization.id)
				.order('created_at')
		);
		expect(numbers).toEqual([{ id: number.id, e164: number.e164, label: 'Desk', color: 1, country_code: 'US' }]);
		const word = database.from('number_lists').select('revision').eq('organization_id', organization.id).maybeSingle();
		expect((await ok(word))?.revision).toMatch(/^[0-9a-f]{32}$/);
		const members = await ok(
			database.from('members').select('user_id, role, username, full_name').match(mine).order('username')
		);
		expect(members.map(({ user_id }) => user_id).sort()).toEqual([noor.userId, maya.userId].sort());
		expect(await ok(database.from('organizations').select('slug, role').eq('id', organization.id))).toEqual([
			{ slug: organization.slug, role: 'owner' }
		]);
		expect(await ok(database.from('contacts').select('phone_number').match(mine))).toEqual([{ phone_number: guest }]);
	});
});

test('R3.8 files: rpc begin_, finish_, remove_, link_, retry_attachment; from attachments', async () => {
	const { database, conversation } = await team();
	const announced = { conversation_id: conversation.id, name: '../door.txt', size: 4, type: 'text/plain' };
	const begun = (await ok(database.rpc('begin_attachment', announced))) as { id: string; path: string; name: string };
	expect(begun).toMatchObject({ name: 'door.txt', media: true });
	const mine = { attachment_id: begun.id };
	expect((await database.rpc('finish_attachment', mine)).error?.message).toBe('attachment_missing');
	await ok(database.storage.from('attachments').upload(begun.path, new Blob(['door'], { type: 'text/plain' })));
	expect((await database.rpc('link_attachment', mine)).error?.message).toBe('attachment_not_ready');
	const columns = 'id, organization_id, name, type, status';
	expect(
		await ok(database.from('attachments').select(columns).eq('id', begun.id).eq('status', 'pending'))
	).toHaveLength(1);
	expect((await database.rpc('retry_attachment', mine)).error?.message).toBe('not_found');
	expect((await database.rpc('remove_attachment', mine)).error).toBeNull();
	expect(await ok(database.from('attachments').select(columns))).toEqual([]);
});

describe('moments', () => {
	test('are ISO 8601 with the whole offset in rows, in the answers of functions and inside of jsonb', async () => {
		const { database, conversation } = await team();
		const [row] = await ok(
			database.from('messages').select('created_at').eq('conversation_id', conversation.id).limit(1)
		);
		expect(row!.created_at).toMatch(iso);
		const [found] = await ok(database.from('messages').select('id').eq('created_at', row!.created_at!));
		expect(found).toBeDefined();
		const draft = { body: 'x', idempotency_key: randomUUID(), conversation_id: conversation.id };
		expect(((await ok(database.rpc('send_message', draft))) as { created_at: string }).created_at).toMatch(iso);
	});

	test.each([
		['2026-11-22 13:45:38.30223+00', '2026-11-22T13:45:38.30223+00:00'],
		['2026-11-22 13:45:38+05:30', '2026-11-22T13:45:38+05:30'],
		['2026-11-22 13:45:38', '2026-11-22T13:45:38'],
		['infinity', 'infinity'],
		['0044-03-15 12:00:00+00 BC', '0044-03-15 12:00:00+00 BC']
	])('%s is read as %s', (written, read) => expect(timeAsJson(written)).toBe(read));
});

test('nothing that the app calls is missing here', () => {
	const web = fileURLToPath(new URL('../../web/src', import.meta.url));
	const here = fileURLToPath(new URL('.', import.meta.url));
	const own = readdirSync(here)
		.filter((name) => /^client.*\.test\.ts$/.test(name))
		.map((name) => readFileSync(`${here}/${name}`, 'utf8'))
		.join();
	const calls = readdirSync(web, { recursive: true, encoding: 'utf8' })
		.filter((name) => /\.(ts|svelte)$/.test(name))
		.flatMap((name) => [
			...readFileSync(`${web}/${name}`, 'utf8').matchAll(/database\s*\.(?:(auth\.\w+)|rpc\('(\w+)'|from\('(\w+)')/g)
		])
		.map(([, auth, rpc, from]) => auth ?? rpc ?? from ?? '');
	expect(calls.length).toBeGreaterThan(10);
	expect([...new Set(calls)].filter((call) => !own.includes(call.replace('auth.', '')))).toEqual([]);
});
