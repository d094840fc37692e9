import { beforeAll, expect, test } from 'vitest';
import { createNumber, inventNumber, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, receive } from './acting.ts';
import { bookOf, company, growStale } from './company.ts';
import { ask, cancel, codesOf, complete, seen } from './verifying.ts';

const { sql } = stack;
let people: Awaited<ReturnType<typeof company>>;
let number: { id: string; e164: string };
/** Asked for by the member; nobody asked for the other. */
let asked: { id: string; message: string; conversation: string };
let unasked: { message: string; conversation: string };

beforeAll(async () => {
	people = await company();
	number = await createNumber(sql, null, { organizationId: people.id });
	await as(people.owner, (tx) => tx`select api.confirm_allowed_use(${people.id})`);
	const { id } = await ask(people.member, people.id, { service: 'google' });
	const text = async (body: string) => {
		const from = inventNumber();
		const { message_id, conversation_id } = await receive(number.e164, { from, body });
		// so that they would be told of the next text
		const given = [people.member, people.admin].map(({ userId }) => userId);
		for (const user_id of given)
			await sql`
				insert into public.notifications (user_id, organization_id, phone_number_id, conversation_id, kind, seq, message_id)
				values (${user_id}, ${people.id}, ${number.id}, ${conversation_id}, 'message', 1, ${message_id})`;
		return { message: message_id!, conversation: conversation_id! };
	};
	asked = { id, ...(await text('Google: your verification code is 482 910. Type 482910, call nobody.')) };
	unasked = await text('Your Dropbox code is 735511');
});

const bodyOf = async (by: Person, { message }: { message: string }) =>
	(await as(by, (tx) => tx`select body, has_code, code_masked from api.messages where id = ${message}`))[0];
const masked = 'Google: your verification code is ••• •••. Type ••••••, call nobody.';

test('R5.3 in a thread a code is shown to whoever asked and to the roles that see codes, masked to all others', async () => {
	for (const person of [people.member, people.owner, people.admin]) {
		expect(await bodyOf(person, asked)).toMatchObject({ code_masked: false, has_code: true });
		expect((await bodyOf(person, asked))!.body).toContain('482910');
	}
	expect(await bodyOf(people.viewer, asked)).toEqual({ body: masked, has_code: true, code_masked: true });
	expect(await bodyOf(people.stranger, asked)).toBeUndefined();
	// nobody waited for it: the roles alone decide
	expect((await bodyOf(people.admin, unasked))!.body).toContain('735511');
	for (const person of [people.member, people.viewer])
		expect((await bodyOf(person, unasked))!.body).toBe('Your Dropbox code is ••••••');
});

test('R5.3 the same in the list, of requests, of codes, and in what one may filter by', async () => {
	const inList = async (by: Person) =>
		(
			await as(by, (tx) => tx`select last_message_body as body from api.conversations where id = ${asked.conversation}`)
		)[0];
	expect((await inList(people.member))!.body).toContain('482910');
	expect((await inList(people.viewer))!.body).toBe(masked);
	expect(await seen(people.viewer, asked.id)).toMatchObject({ code: null, has_code: true });
	expect(await codesOf(people.viewer, asked.message)).toMatchObject([{ code: null, has_code: true }]);
	expect(await codesOf(people.stranger, asked.message)).toEqual([]);
	const filtered = (by: Person) =>
		as(by, (tx) => tx`select id from api.messages where organization_id = ${people.id} and body like '%482910%'`);
	expect(await filtered(people.member)).toHaveLength(1);
	expect(await filtered(people.viewer)).toEqual([]);
});

test('R5.3 whoever may not see a code does not find it either, nor by its beginning', async () => {
	const found = async (by: Person, query: string) => {
		const [row] = await as(
			by,
			(tx) =>
				tx<{ answer: { hits: { body: string }[] } }[]>`select api.search_messages(${people.id}, ${query}) as answer`
		);
		return row!.answer.hits.map(({ body }) => body);
	};
	expect(await found(people.member, '482910')).toHaveLength(1);
	for (const query of ['482910', '4829*', '482', '"is 482"', '735511'])
		expect([query, await found(people.viewer, query)]).toEqual([query, []]);
	expect(await found(people.viewer, 'google code')).toEqual([masked]);
	await expect(found(people.stranger, '482910')).rejects.toThrow('not_found');
});

test('R5.3 no code stands in anybody else\u2019s notifications, nor in the rows of them', async () => {
	const told = async (by: Person) =>
		JSON.stringify(await as(by, (tx) => tx`select * from api.notifications where organization_id = ${people.id}`));
	expect(await told(people.member)).toContain('482910');
	expect(await told(people.member)).not.toContain('735511');
	for (const code of ['482910', '482 910', '735511']) expect(await told(people.admin)).not.toContain(code);
	const rows = await sql`select to_jsonb(t) as row from public.notifications t where organization_id = ${people.id}`;
	expect(rows.length).toBeGreaterThan(0);
	expect(JSON.stringify(rows)).not.toMatch(/482.?910|735511/);
	const hints = await sql`select payload from realtime.messages where payload::text ~ '482910|735511'`;
	expect(hints).toEqual([]);
});

test('R5.3 a masked code is shown on request to owners and admins, each time in the book, without the code', async () => {
	await as(people.owner, (tx) => tx`select api.set_code_settings(${people.id}, '{}', 2160)`);
	expect((await bodyOf(people.owner, asked))!.body).toBe(masked);
	expect((await bodyOf(people.member, asked))!.body).toContain('482910');
	const [code] = await codesOf(people.admin, asked.message);
	expect(code).toMatchObject({ code: null });
	const reveal = (by: Person) => as(by, (tx) => tx`select api.reveal_code(${code!.id}) as code`);
	expect(await reveal(people.admin)).toEqual([{ code: '482910' }]);
	expect(await reveal(people.member)).toEqual([{ code: '482910' }]);
	await expect(reveal(people.viewer)).rejects.toThrow('not_allowed');
	await expect(reveal(people.stranger)).rejects.toThrow('not_found');
	const lines = (await bookOf(people.id)).filter(({ verb }) => verb === 'code.revealed');
	expect(lines.map(({ actor_id }) => actor_id)).toEqual([people.admin.userId, people.member.userId]);
	expect(JSON.stringify(lines)).not.toContain('482910');

	await as(people.owner, (tx) => tx`select api.set_code_settings(${people.id}, '{owner,admin,viewer}', 2160)`);
	expect((await bodyOf(people.viewer, asked))!.body).toContain('482910');
	await as(people.owner, (tx) => tx`select api.set_code_settings(${people.id}, '{owner,admin}', 2160)`);
});

test('R5.3 the owner alone says who sees codes and how long they are kept, with a fresh password', async () => {
	const set = (by: Person, hours: number | null, roles = '{owner}') =>
		as(by, (tx) => tx`select api.set_code_settings(${people.id}, ${roles}, ${hours})`);
	await expect(set(people.admin, 24)).rejects.toThrow('not_allowed');
	for (const hours of [0, 87_601, null])
		await expect(set(people.owner, hours)).rejects.toThrow('code_settings_invalid');
	await expect(set(people.owner, 24, '{owner,null}')).rejects.toThrow('code_settings_invalid');
	const other = await company();
	await growStale(other.owner);
	await expect(as(other.owner, (tx) => tx`select api.set_code_settings(${other.id}, '{owner}', 24)`)).rejects.toThrow(
		'fresh_session_required'
	);
});

test('R5.8 after their time codes are gone wherever they stood; that there was one stays', async () => {
	const other = await company();
	const place = await createNumber(sql, null, { organizationId: other.id });
	await as(other.owner, (tx) => tx`select api.confirm_allowed_use(${other.id})`);
	const { id } = await ask(other.member, other.id, { service: 'github' });
	const { message_id } = await receive(place.e164, { from: inventNumber(), body: 'Your GitHub code is 663388' });
	await complete(other.member, id);
	const revision = async () =>
		Number((await sql`select revision from public.messages where id = ${message_id}`)[0]!.revision);
	const before = await revision();
	await sql`update public.message_codes set created_at = now() - interval '2 hours' where message_id = ${message_id}`;
	await sql`select private.forget_due_codes(500)`;
	expect(await seen(other.member, id)).toMatchObject({ final_code: '663388' });

	await as(other.owner, (tx) => tx`select api.set_code_settings(${other.id}, '{owner,admin}', 1)`);
	await sql`select private.forget_due_codes(500)`;
	expect(await seen(other.member, id)).toMatchObject({
		status: 'completed',
		code: null,
		final_code: null,
		code_count: 1
	});
	expect(await bodyOf(other.owner, { message: message_id! })).toMatchObject({ body: 'Your GitHub code is ••••••' });
	expect(await codesOf(other.owner, message_id)).toMatchObject([{ code: null, has_code: false }]);
	// open threads read it again
	expect(await revision()).toBeGreaterThan(before);
	const [code] = await codesOf(other.owner, message_id);
	await expect(as(other.owner, (tx) => tx`select api.reveal_code(${code!.id})`)).rejects.toThrow('code_removed');
	for (const table of ['public.messages', 'public.message_codes', 'public.verifications', 'public.audit_log']) {
		const rows =
			await sql`select from ${sql(table)} t where organization_id = ${other.id} and to_jsonb(t)::text like '%663388%'`;
		expect([table, rows.length]).toEqual([table, 0]);
	}
	expect(await sql`select payload from private.provider_events where message_id = ${message_id}`).toEqual([
		{ payload: {} }
	]);
});

test('R5.6 a cancelled request shows what had arrived to whoever asked, as before', async () => {
	const { id } = await ask(people.member, people.id, { service: 'okta' });
	const { message_id } = await receive(number.e164, { from: inventNumber(), body: 'Your Okta code is 220099' });
	await cancel(people.member, id);
	expect((await codesOf(people.member, message_id))[0]).toMatchObject({ code: '220099' });
});
