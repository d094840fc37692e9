import { expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import { company } from './company.ts';
import { operator, refusal, server, visitor } from './operating.ts';

const { sql } = stack;

const age = (id: string, minutes: number) => sql`
	update private.operator_sessions set code_at = now() - make_interval(mins => ${minutes}) where operator_id = ${id}`;
const begin = async (session: string) =>
	String((await server`select service.operator_begin_code(${session}) ->> 'attempt_id' as id`)[0]!.id);
const freshen = async (session: string, step: number | null) =>
	(await server`select service.operator_freshen(${session}, ${await begin(session)}, ${step}) as counts`)[0]!
		.counts as boolean;

test('R6.7 what is dear asks for a code of the last ten minutes: money, suspensions, operators, replays of many, holding back; the rest does not', async () => {
	const { id, member } = await company();
	const by = await visitor('administrator', id);
	const until = new Date(Date.now() + 864e5).toISOString();
	const words = 'Many people complained';
	const throttle = (step: string) =>
		server`select service.operator_throttle(${by.session}, ${id}, ${step}, 20, ${until}, ${words}, 'Case 9')`;
	const replay = (wanted: Record<string, string>) =>
		server`select service.operator_replay_events(${by.session}, ${sql.json(wanted)}, 'Case 9')`;
	const dear = () => ({
		replays: replay({ organization: id }),
		credit: server`select service.operator_credit(${by.session}, ${id}, 1000000, 'goodwill', 'Case 9', ${crypto.randomUUID()})`,
		suspend: server`select service.operator_suspend(${by.session}, ${id}, 'Case 9', ${words})`,
		person: server`select service.operator_hold_person(${by.session}, ${member.userId}, true, 'Case 9')`,
		hold: throttle('hold'),
		stop: throttle('stop'),
		invite: server`select service.operator_invite(${by.session}, ${`db.${crypto.randomUUID().slice(0, 8)}`}, 'Bo', 'support', '{}', 'Case 9')`,
		disable: server`select service.operator_disable(${by.session}, 'nobody.there', 'Case 9')`
	});
	const others = () => ({
		replay: replay({ event_key: 'message:SM9' }),
		slow: throttle('slow'),
		verify: server`select service.operator_verify(${by.session}, ${id}, true, 'Case 9')`,
		limit: server`select service.operator_override_limit(${by.session}, ${id}, 'members', 9, ${until}, 'Case 9')`,
		resume: server`select service.operator_resume(${by.session}, ${id}, 'Case 9', ${words})`,
		free: throttle('free')
	});
	const answers = async (calls: Record<string, PromiseLike<unknown>>) => {
		const told: Record<string, string> = {};
		for (const [name, call] of Object.entries(calls)) told[name] = await refusal(call);
		return told;
	};
	await age(by.id, 10);
	expect(new Set(Object.values(await answers(dear())))).toEqual(new Set(['operator_code_needed']));
	expect(new Set(Object.values(await answers(others())))).toEqual(new Set(['done']));
	// a recovery code is none of the app
	await sql`update private.operator_sessions set code_at = null where operator_id = ${by.id}`;
	expect(new Set(Object.values(await answers(dear())))).toEqual(new Set(['operator_code_needed']));
	expect(await freshen(by.session, 100)).toBe(true);
	expect(new Set(Object.values(await answers(dear())))).toEqual(new Set(['done']));
	const [told] =
		await server`select service.operator_session(${by.session}, '198.51.100.7') ->> 'fresh_until' as until`;
	expect(new Date(String(told!.until)).getTime()).toBeGreaterThan(Date.now() + 9 * 60_000);
});

test('R6.7 a code counts once here as well, wrong ones are counted, and five of them end the session', async () => {
	const { session, id } = await operator('operator');
	expect([await freshen(session, 200), await freshen(session, 200), await freshen(session, 199)]).toEqual([
		true,
		false,
		false
	]);
	expect(await freshen(session, 201)).toBe(true);
	for (let guess = 0; guess < 5; guess++) expect(await freshen(session, null)).toBe(false);
	expect(await refusal(server`select service.operator_freshen(${session}, ${crypto.randomUUID()}, 300)`)).toBe(
		'operator_session_ended'
	);
	const lines = await sql`select verb from private.operator_log where operator_id = ${id} and verb like 'code.%'`;
	expect(lines.filter(({ verb }) => verb === 'code.refused').length).toBe(7);
});

test('R6.7 a secret is sealed anew only in the place of the one that was read', async () => {
	const { id } = await operator('support');
	const kept = async () =>
		String((await sql`select totp_secret from private.operators where id = ${id}`)[0]!.totp_secret);
	const former = await kept();
	const anew = former.replace(/^test/, 'next');
	await server`select service.operator_reseal(${id}, ${anew}, ${former.replace(/^test/, 'lost')})`;
	expect(await kept()).toBe(former);
	await server`select service.operator_reseal(${id}, ${former}, ${anew})`;
	expect(await kept()).toBe(anew);
	// nothing but what is sealed fits
	expect(await refusal(sql`update private.operators set totp_secret = 'JBSWY3DPEHPK3PXP' where id = ${id}`)).toMatch(
		/check constraint/
	);
});
