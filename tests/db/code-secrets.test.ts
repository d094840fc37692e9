import { beforeAll, expect, test } from 'vitest';
import { ruleFor } from '#core/codes.ts';
import { createNumber, inventNumber, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, receive } from './acting.ts';
import { company, verbs } from './company.ts';
import { ask, complete, seen } from './verifying.ts';

const { sql } = stack;
let people: Awaited<ReturnType<typeof company>>;
let number: { id: string; e164: string };

beforeAll(async () => {
	people = await company();
	number = await createNumber(sql, null, { organizationId: people.id });
	await as(people.owner, (tx) => tx`select api.confirm_allowed_use(${people.id})`);
});

const text = (body: string, from = inventNumber()) => receive(number.e164, { from, body });
/** Everything of the organization's that still says so, by table. */
async function whereStands(words: string, organizationId = people.id) {
	const tables = ['public.messages', 'public.message_codes', 'public.verifications', 'public.audit_log'];
	const found = await Promise.all(
		tables.map(
			(table) =>
				sql`select from ${sql(table)} t where organization_id = ${organizationId} and to_jsonb(t)::text like ${`%${words}%`}`
		)
	);
	return tables.filter((_, place) => found[place]!.length > 0);
}

test('R5.3 a code is masked in every way in which its text writes it, and not found by any', async () => {
	const body = 'Your Tern code is 917 402.\n\n@tern.example #917402 (٩١٧٤٠٢)';
	const { message_id } = await text(body);
	const shown = async (by: Person) =>
		(await as(by, (tx) => tx`select body from api.messages where id = ${message_id}`))[0]!.body as string;
	expect(await shown(people.owner)).toBe(body);
	expect(await shown(people.viewer)).toBe('Your Tern code is ••• •••.\n\n@tern.example #•••••• (••••••)');
	for (const query of ['917', '402', '917402']) {
		const [row] = await as(
			people.viewer,
			(tx) => tx`select api.search_messages(${people.id}, ${query}) -> 'hits' as hits`
		);
		expect([query, row!.hits]).toEqual([query, []]);
	}
});

test('R5.1 whoever lost a number gets nothing of it by repeating a request', async () => {
	const key = crypto.randomUUID();
	const asked = await ask(people.member, people.id, { key, service: 'discord' });
	await text('Your Discord code is 450912');
	expect(await seen(people.member, asked.id)).toMatchObject({ code: '450912' });
	await sql`update public.phone_numbers set restricted_at = now() where id = ${number.id}`;
	expect(await seen(people.member, asked.id)).toBeUndefined();
	await expect(ask(people.member, people.id, { key, service: 'discord' })).rejects.toThrow('not_found');
	await sql`update public.phone_numbers set restricted_at = null where id = ${number.id}`;
	expect(await ask(people.member, people.id, { key, service: 'discord' })).toMatchObject({ id: asked.id });
	await complete(people.member, asked.id);
});

test('R5.8 a code that is forgotten does not come back with the end of its request', async () => {
	const { id } = await ask(people.member, people.id, { service: 'dropbox' });
	const { message_id } = await text('Your Dropbox code is 730155');
	await sql`update public.message_codes set kept_until = now() where message_id = ${message_id}`;
	await sql`select private.forget_due_codes(500)`;
	expect(await complete(people.member, id, '730155')).toMatchObject({ status: 'completed', final_code: null });
	expect(await complete(people.member, id, '730155')).toMatchObject({ status: 'completed', final_code: null });
	expect(await whereStands('730155')).toEqual([]);
});

test('R5.8 with a conversation that is deleted its codes are gone everywhere', async () => {
	const { id } = await ask(people.member, people.id, { service: 'twitch' });
	const { conversation_id } = await text('Your Twitch code is 618203');
	await complete(people.member, id);
	expect(await whereStands('618203')).toContain('public.verifications');
	await sql`update public.conversations set archived_at = now() - interval '31 days' where id = ${conversation_id}`;
	await as(people.owner, (tx) => tx`select api.delete_conversations(array[${conversation_id}]::uuid[])`);
	expect(await whereStands('618203')).toEqual([]);
	expect(await seen(people.member, id)).toMatchObject({ status: 'completed', code: null, final_code: null });
});

test('R5.8 what was marked as no code is not kept as one that was used; a corrected one is', async () => {
	const asked = await ask(people.member, people.id, { named: 'Brindle' });
	const body = 'Brindle: your code is 6641. Locker 350217';
	const { message_id } = await text(body);
	await complete(people.member, asked.id);
	const recode = (codes: object[]) =>
		as(
			people.admin,
			(tx) => tx`select api.save_code_rule(${people.id}, 'not a code', ${crypto.randomUUID()}, '', null,
				${sql.json([{ message_id, codes }] as never)})`
		);
	const other = { code: '350217', surface: '350217', from: 36, to: 42, score: 20, reasons: [] };
	await recode([other]);
	expect(await seen(people.member, asked.id)).toMatchObject({ code: '350217', final_code: '6641' });
	await recode([]);
	expect(await seen(people.member, asked.id)).toMatchObject({ status: 'completed', code: null, final_code: null });
	await expect(recode([{ ...other, forms: 'none' }])).rejects.toThrow('malformed');
});

test('R5.3 a rule keeps no code that stands beside another, and is read by those alone who see codes', async () => {
	const body = 'Order KX77QZ for 5512 plums, code 90210';
	const rule = ruleFor(body, { from: 17, to: 21 }, 'not a code');
	expect(rule).toEqual({ verdict: 'not a code', before: 'order 000000 for ', after: ' plums, code 00000' });
	// words of scripts without spaces stay
	expect(ruleFor('验证码123456请勿', { from: 9, to: 11 }, 'code').before).toBe('验证码000000');

	const team = await company();
	await as(
		team.admin,
		(tx) => tx`select api.save_code_rule(${team.id}, ${rule.verdict}, ${rule.before}, ${rule.after}, null, '[]')`
	);
	const rules = (by: Person) =>
		as(by, (tx) => tx`select verdict from api.code_rules where organization_id = ${team.id}`);
	expect(await rules(team.admin)).toHaveLength(1);
	await as(team.owner, (tx) => tx`select api.set_code_settings(${team.id}, '{owner}', 2160)`);
	expect(await rules(team.admin)).toEqual([]);
	expect(await rules(team.owner)).toHaveLength(1);
});

test('R5.8 files with codes go when codes are kept for a shorter time', async () => {
	const team = await company();
	const finished = async (ago: string) => {
		const [row] = await sql<{ id: string }[]>`
			insert into public.verification_exports (organization_id, user_id, format, filters, total_rows, cursor_id, created_at,
				finished_at, expires_at)
			values (${team.id}, ${team.owner.userId}, 'csv', '{}', 0, private.uuid_v7(), now() - ${ago}::interval,
				now() - ${ago}::interval, now() - ${ago}::interval + interval '7 days')
			returning id`;
		return row!.id;
	};
	const [older, newer] = [await finished('3 hours'), await finished('1 hour')];
	await as(team.owner, (tx) => tx`select api.set_code_settings(${team.id}, '{owner,admin}', 2)`);
	const left = await as(team.owner, (tx) => tx`select id from api.verification_exports order by id`);
	expect(left).toEqual([{ id: newer }]);
	await sql`select private.expire_verification_exports()`;
	expect(await sql`select from public.verification_exports where id = ${older}`).toEqual([]);
});

test('R5.6 whoever leaves waits no longer, and the code is for who still does', async () => {
	const team = await company();
	const place = await createNumber(sql, null, { organizationId: team.id });
	await as(team.owner, (tx) => tx`select api.confirm_allowed_use(${team.id})`);
	const left = await ask(team.member, team.id, { service: 'zoom' });
	const stays = await ask(team.admin, team.id, { service: 'zoom' });
	await verbs(team.id).leave(team.member);
	expect(await seen(team.admin, left.id)).toMatchObject({ status: 'cancelled' });
	expect(await sql`select from private.jobs where payload ->> 'verification_id' = ${left.id}`).toEqual([]);
	await receive(place.e164, { from: inventNumber(), body: 'Your Zoom code is 118207' });
	expect(await seen(team.admin, stays.id)).toMatchObject({ status: 'code_received', code: '118207' });
});
