import { beforeAll, expect, test } from 'vitest';
import { mayBecome, verificationStatuses } from '#core/verifications.ts';
import { createNumber, createPerson, inventNumber, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, edge, receive } from './acting.ts';
import { bookOf, company, hintsOn } from './company.ts';
import { ask, cancel, codesOf, complete, seen } from './verifying.ts';

const { sql, env } = stack;
let people: Awaited<ReturnType<typeof company>>;
let number: { id: string; e164: string };

beforeAll(async () => {
	people = await company();
	number = await createNumber(sql, null, { organizationId: people.id });
	await as(people.owner, (tx) => tx`select api.confirm_allowed_use(${people.id})`);
});

const request = (by: Person, options: Parameters<typeof ask>[2] = {}) => ask(by, people.id, options);
const text = (body: string, from = inventNumber()) => receive(number.e164, { from, body });
/** Its time is over, and the worker's job runs. */
async function runOut(id: string) {
	await sql`update public.verifications set expires_at = now() - interval '1 second' where id = ${id}`;
	const [row] = await edge<{ answer: { outcome: string } }[]>`select service.expire_verification(${id}) as answer`;
	return row!.answer.outcome;
}
const toldOf = (by: Person, id: string) =>
	as(
		by,
		(tx) =>
			tx`select kind, verification_status, service_name, body from api.notifications where verification_id = ${id}`
	);

test('R5.1 the steps of a verification are the same in core and SQL', async () => {
	const rows = await sql<{ step: string }[]>`
		select from_status || ' ' || to_status as step from private.verification_transitions`;
	const inCore = verificationStatuses.flatMap((from) =>
		verificationStatuses.filter((to) => mayBecome(from, to)).map((to) => `${from} ${to}`)
	);
	expect(rows.map(({ step }) => step).sort()).toEqual(inCore.sort());
	const { id } = await request(people.member);
	await expect(sql`update public.verifications set status = 'completed' where id = ${id}`).rejects.toThrow(
		'cannot go from waiting to completed'
	);
	await cancel(people.member, id);
});

test('R5.1 a request is stored for whoever asked, once for its key, on a number they may use', async () => {
	const key = crypto.randomUUID();
	const asked = await request(people.member, { key, note: ' for the shop ', ttl: 60 });
	expect(asked).toMatchObject({
		status: 'waiting',
		phone_number_id: number.id,
		service_name: 'Google',
		requested_by: people.member.userId,
		note: 'for the shop',
		code: null
	});
	const again = await Promise.all([1, 2, 3].map(() => request(people.member, { key, note: 'for the shop', ttl: 60 })));
	expect(new Set(again.map(({ id }) => id))).toEqual(new Set([asked.id]));
	await expect(request(people.member, { key, ttl: 61 })).rejects.toThrow('verification_key_reused');
	await expect(request(people.owner, { key, note: 'for the shop', ttl: 60 })).rejects.toThrow(
		'verification_key_reused'
	);
	expect(await seen(people.viewer, asked.id)).toMatchObject({ status: 'waiting' });
	expect(await seen(people.stranger, asked.id)).toBeUndefined();
	expect(await hintsOn(`user:${people.member.userId}`)).toContain('verification');
	await cancel(people.member, asked.id);
});

test('R5.1 without a number it is the one that the fewest wait on; a shut one is not there', async () => {
	const team = await company();
	await as(team.admin, (tx) => tx`select api.confirm_allowed_use(${team.id})`);
	await expect(ask(team.member, team.id)).rejects.toThrow('number_missing');
	const shut = await createNumber(sql, null, { organizationId: team.id, grants: [] });
	const [one, two] = [
		await createNumber(sql, null, { organizationId: team.id }),
		await createNumber(sql, null, { organizationId: team.id })
	];
	const chosen = [await ask(team.member, team.id), await ask(team.member, team.id)];
	expect(chosen.map(({ phone_number_id }) => phone_number_id).sort()).toEqual([one.id, two.id].sort());
	await expect(ask(team.member, team.id, { numberId: shut.id })).rejects.toThrow('not_found');
	await expect(ask(team.member, team.id, { numberId: number.id })).rejects.toThrow('not_found');
});

test('R5.1 what does not make sense is refused, and so is an organization that did not say what for', async () => {
	for (const ttl of [59, 86_401]) await expect(request(people.member, { ttl })).rejects.toThrow('ttl_invalid');
	for (const options of [
		{ service: 'no-such-one' },
		{ named: ' ' },
		{ named: 'x'.repeat(81) },
		{ service: 'google', named: 'Google' }
	])
		await expect(request(people.member, options)).rejects.toThrow('service_invalid');
	await expect(request(people.member, { note: 'x'.repeat(501) })).rejects.toThrow('verification_note_too_long');
	await expect(request(people.viewer)).rejects.toThrow('not_allowed');
	const other = await company();
	await createNumber(sql, null, { organizationId: other.id });
	await expect(ask(other.owner, other.id)).rejects.toThrow('allowed_use_unconfirmed');
	await expect(as(other.member, (tx) => tx`select api.confirm_allowed_use(${other.id})`)).rejects.toThrow(
		'not_allowed'
	);
	for (let time = 0; time < 2; time++) await as(other.owner, (tx) => tx`select api.confirm_allowed_use(${other.id})`);
	expect((await bookOf(other.id)).filter(({ verb }) => verb === 'verification.use_confirmed')).toHaveLength(1);
	expect(await ask(other.owner, other.id)).toMatchObject({ status: 'waiting' });
});

test('R5.1 too many in a minute are refused, with the moment from which on it is worth trying again', async () => {
	const other = await company();
	const place = await createNumber(sql, null, { organizationId: other.id });
	await as(other.owner, (tx) => tx`select api.confirm_allowed_use(${other.id})`);
	await sql`
		insert into public.verifications (organization_id, phone_number_id, service_name, ttl_seconds, idempotency_key, expires_at)
		select ${other.id}, ${place.id}, 'X', 600, 'key ' || n, now() + interval '1 hour' from generate_series(1, 30) n`;
	const refused = await ask(other.member, other.id).catch((error: unknown) => error);
	expect(refused).toMatchObject({ message: 'verifications_too_many', code: 'PT429' });
	const wait = Date.parse((refused as { hint: string }).hint) - Date.now();
	expect(wait).toBeGreaterThan(0);
	expect(wait).toBeLessThan(120_000);
	await sql`update public.verifications set created_at = now() - interval '61 seconds' where organization_id = ${other.id}`;
	expect(await ask(other.member, other.id)).toMatchObject({ status: 'waiting' });
});

test('R5.8 completed when its owner says so, with the code stored; the same again is the same', async () => {
	const { id } = await request(people.member, { service: 'github' });
	await expect(complete(people.member, id)).rejects.toThrow('code_missing');
	await text('Your GitHub code is 731942');
	await expect(complete(people.owner, id)).rejects.toThrow('not_allowed');
	await expect(complete(people.stranger, id)).rejects.toThrow('not_found');
	expect(await complete(people.member, id)).toMatchObject({ status: 'completed', final_code: '731942' });
	expect(await complete(people.member, id)).toMatchObject({ status: 'completed', final_code: '731942' });
	await expect(complete(people.member, id, '111111')).rejects.toThrow('verification_over');
	await expect(cancel(people.member, id)).rejects.toThrow('verification_over');
	expect(await sql`select from private.jobs where payload ->> 'verification_id' = ${id}`).toEqual([]);
});

test('R5.8 a code may be as long as one of a text is kept, and no longer', async () => {
	const { id } = await request(people.member, { service: 'github' });
	await text('Your GitHub code is 731944');
	await expect(complete(people.member, id, '7'.repeat(41))).rejects.toThrow('malformed');
	const longest = '7'.repeat(40);
	expect(await complete(people.member, id, longest)).toMatchObject({ status: 'completed', final_code: longest });
});

test('R5.6 cancelled by its owner or an admin, with a reason; whoever asked hears of it from an admin', async () => {
	const [mine, theirs] = [await request(people.member), await request(people.member)];
	expect(await cancel(people.member, mine.id, ' changed my mind ')).toMatchObject({
		status: 'cancelled',
		cancel_reason: 'changed my mind'
	});
	expect(await toldOf(people.member, mine.id)).toEqual([]);
	await expect(cancel(people.viewer, theirs.id)).rejects.toThrow('not_allowed');
	await expect(cancel(people.admin, theirs.id, 'x'.repeat(201))).rejects.toThrow('cancel_reason_too_long');
	await cancel(people.admin, theirs.id, 'not ours');
	expect(await cancel(people.admin, theirs.id)).toMatchObject({ status: 'cancelled', cancel_reason: 'not ours' });
	expect(await toldOf(people.member, theirs.id)).toMatchObject([
		{ kind: 'verification', verification_status: 'cancelled' }
	]);
	expect(await toldOf(people.admin, theirs.id)).toEqual([]);
	expect(await runOut(theirs.id)).toBe('nothing_to_expire');
});

test('R5.5 expires once, not before its time, and tells whoever asked', async () => {
	const { id } = await request(people.member, { service: 'slack' });
	const [early] = await edge<{ answer: unknown }[]>`select service.expire_verification(${id}) as answer`;
	expect(early!.answer).toEqual({ outcome: 'nothing_to_expire' });
	expect(await runOut(id)).toBe('expired');
	expect(await runOut(id)).toBe('nothing_to_expire');
	expect(await seen(people.member, id)).toMatchObject({ status: 'expired', ended_at: expect.any(Date) });
	expect(await toldOf(people.member, id)).toMatchObject([
		{ kind: 'verification', verification_status: 'expired', service_name: 'Slack', body: null }
	]);
	for (const other of [people.owner, people.viewer]) expect(await toldOf(other, id)).toEqual([]);
});

test('R5.3 two at once on one number each get the code of the service that the text names', async () => {
	const [google, uber] = [
		await request(people.member, { service: 'google' }),
		await request(people.admin, { service: 'uber' })
	];
	await text('Your Uber code is 4821. Never share this code.');
	await text('G-602931 is your Google verification code.');
	expect(await seen(people.member, google.id)).toMatchObject({ status: 'code_received', code: '602931' });
	expect(await seen(people.admin, uber.id)).toMatchObject({ status: 'code_received', code: '4821' });
	for (const [by, { id }] of [
		[people.member, google],
		[people.admin, uber]
	] as const)
		await complete(by, id);
});

test('R5.3 a text delivered five times is one code; a resent code counts, and both are kept', async () => {
	const { id } = await request(people.member, { named: 'Tidewater Stays' });
	const [from, sid] = [inventNumber(), `SM${crypto.randomUUID().replaceAll('-', '')}`];
	const body = 'Tidewater Stays: your code is 118822';
	const answers = await Promise.all([1, 2, 3, 4, 5].map(() => receive(number.e164, { from, sid, body })));
	expect(answers.filter(({ outcome }) => outcome === 'stored')).toHaveLength(1);
	expect(await codesOf(people.owner, answers[0]!.message_id)).toHaveLength(1);
	expect(await seen(people.member, id)).toMatchObject({ status: 'code_received', code: '118822', code_count: 1 });
	await text('Your new code is 229933', from);
	expect(await seen(people.member, id)).toMatchObject({ status: 'code_received', code: '229933', code_count: 2 });
	expect(await complete(people.member, id)).toMatchObject({ final_code: '229933' });
});

test('R5.3 without a sign it is the oldest that waits; a text that names another service is nobody\u2019s until chosen', async () => {
	const [first, second] = [
		await request(people.member, { service: 'okta' }),
		await request(people.member, { service: 'zoom' })
	];
	await text('Your code is 551177');
	expect(await seen(people.member, first.id)).toMatchObject({ status: 'code_received', code: '551177' });
	const { message_id } = await text('Your Netflix code is 663311');
	const [found] = await codesOf(people.owner, message_id);
	expect(found).toMatchObject({ verification_id: null, candidate_ids: [first.id, second.id] });
	expect((await codesOf(people.member, message_id))[0]!.code).toBeNull();
	for (const { id } of [first, second]) await cancel(people.member, id);
	expect((await codesOf(people.owner, message_id))[0]!.candidate_ids).toEqual([]);
});

test('R5.3 two that fit equally are said to, and one click decides', async () => {
	const [mine, theirs] = [
		await request(people.member, { service: 'paypal' }),
		await request(people.admin, { service: 'paypal' })
	];
	const { message_id } = await text('PayPal: 904417 is your security code.');
	const [found] = await codesOf(people.member, message_id);
	expect(found).toMatchObject({
		code: null,
		has_code: true,
		verification_id: null,
		candidate_ids: [mine.id, theirs.id]
	});
	expect(await seen(people.member, mine.id)).toMatchObject({ status: 'waiting', code: null });
	const choose = (by: Person, id: string) => as(by, (tx) => tx`select api.choose_verification(${found!.id}, ${id})`);
	await expect(choose(people.viewer, mine.id)).rejects.toThrow('not_allowed');
	await choose(people.member, mine.id);
	await choose(people.member, mine.id);
	expect(await seen(people.member, mine.id)).toMatchObject({ status: 'code_received', code: '904417' });
	await expect(choose(people.admin, theirs.id)).rejects.toThrow('code_taken');
	for (const { id } of [mine, theirs]) await cancel(people.owner, id);
});

test('R5.3 a code that comes after the end is attached as late, and the end stays', async () => {
	const { id } = await request(people.member, { service: 'steam' });
	await runOut(id);
	const { message_id } = await text('Steam: your code is 482222');
	expect(await seen(people.member, id)).toMatchObject({ status: 'expired', code: null, late_count: 1, code_count: 0 });
	expect((await codesOf(people.member, message_id))[0]).toMatchObject({ verification_id: id, late: true });
});

test('R5.3 a code that the carrier struck out (30038) ends the wait, and says so', async () => {
	const { id } = await request(people.member, { service: 'wechat' });
	await receive(number.e164, { from: inventNumber(), body: 'Your code is ****', errorCode: '30038' });
	expect(await seen(people.member, id)).toMatchObject({ status: 'filtered', code: null });
	expect(await toldOf(people.member, id)).toMatchObject([{ verification_status: 'filtered' }]);
});

test('R5.3 every signed-in person reads the catalogue, nobody else', async () => {
	const [person] = [await createPerson(sql, env)];
	const services = await as(person, (tx) => tx`select * from api.services`);
	expect(services.length).toBeGreaterThan(40);
	expect(services.find(({ id }) => id === 'google')).toMatchObject({ name: 'Google' });
	await expect(as(null, (tx) => tx`select * from api.services`)).rejects.toThrow('permission denied');
});
