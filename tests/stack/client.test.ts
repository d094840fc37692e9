/** Every call that the product makes, by the default client of @supabase/supabase-js, against the whole stack. */
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { describe, expect, test } from 'vitest';
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
	test('rpc username_available, me, send_message, mark_read', async () => {
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
		const [read] = await ok(database.from('conversations').select('unread_count').eq('id', conversation.id));
		expect(read).toEqual({ unread_count: 0 });
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
	const own = ['client.test.ts', 'client-people.test.ts']
		.map((name) => readFileSync(fileURLToPath(new URL(name, import.meta.url)), 'utf8'))
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
