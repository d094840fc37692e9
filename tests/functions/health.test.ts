import { createClient } from '@supabase/supabase-js';
import { afterAll, expect, test } from 'vitest';
import type { Database } from '../../supabase/functions/_shared/database.types.ts';
import { createDatabase } from '../../supabase/functions/_shared/database.ts';
import { paymentsOf } from '../../supabase/functions/_shared/payments/client.ts';
import { twilio } from '../../supabase/functions/_shared/carriers/twilio.ts';
import { checkHealth } from '../../supabase/functions/worker/check-health.ts';
import { looksOf, type Looks } from '../../supabase/functions/worker/looks.ts';
import type { Found } from '../../supabase/functions/_shared/database-health.ts';
import { undone } from '../db/attempts.ts';
import { inventNumber } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { eventually } from './doors.ts';

const { env, sql } = stack;
const database = createDatabase(env.EDGE_DATABASE_URL);
afterAll(() => database.end());

/** What a look at these parts finds; nothing is written down. */
async function found(looks: Looks): Promise<Record<string, Found>> {
	let all: readonly Found[] = [];
	const notes = {
		recordHealth: async (checks: readonly Found[]) => ((all = checks), null),
		completeJob: async () => true
	};
	const job = { id: 'a job', kind: 'check_health', payload: {}, attempts: 1, lease: 'a lease', request_id: null };
	await checkHealth(job, { database: { ...database, ...notes }, looks, ownNumbers: null, log() {} });
	return Object.fromEntries(all.map((one) => [one.part, one]));
}

/** The stack's own parts, as its worker looks at them. */
function looksAt(overrides: Partial<typeof env>): Looks {
	const seen = { ...env, ...overrides };
	return looksOf({
		env: { ...seen, SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: env.SUPABASE_PUBLISHABLE_KEY }) },
		database,
		carrier: twilio({
			accountSid: env.TWILIO_ACCOUNT_SID,
			authToken: seen.TWILIO_AUTH_TOKEN,
			baseUrl: env.CARRIER_URL,
			fetch
		}),
		stripe: paymentsOf(seen),
		fetch
	});
}

test('R6.7 each part of the platform is looked at by what it really does', async () => {
	const { app: _, ...parts } = await found(looksAt({}));
	expect(Object.keys(parts).sort()).toEqual(['carrier', 'database', 'functions', 'payments', 'realtime']);
	expect(Object.values(parts).filter(({ says }) => says !== null)).toEqual([]);
});

test('R6.7 a part that fails is told with its reason, and holds up no other', async () => {
	const parts = await found({
		...looksAt({ TWILIO_AUTH_TOKEN: 'another', STRIPE_SECRET_KEY: 'sk_test_another', APP_URL: 'http://127.0.0.1:1' }),
		slow: () => Promise.reject(new DOMException('The signal was aborted', 'TimeoutError'))
	});
	expect(parts.carrier).toMatchObject({ ms: null, says: expect.stringContaining('401') });
	expect(parts.payments?.says).toContain('Invalid API Key');
	expect(parts.app?.says).not.toBeNull();
	expect(parts.slow?.says).toBe('No answer within 5 s.');
	expect(parts.database).toMatchObject({ says: null, ms: expect.any(Number) });
	expect(JSON.stringify(parts)).not.toContain(env.STRIPE_SECRET_KEY);
});

test('R6.7 a text of the platform’s own goes all the way, by no tenant and at no tenant’s cost', async () => {
	const [from, to] = [inventNumber(), inventNumber()];
	for (const number of [from, to]) await buyAtCarrier(number);
	const before = await wallets();
	// each minute it is tried again, whatever stood in its way: here what other tests do to prices and plans
	const sent = await eventually(
		() => database.tendPathTexts(from, to),
		(id) => id !== null
	);
	expect(sent, (await lookAtText())?.says ?? undefined).not.toBeNull();
	// it is not five minutes later
	expect(await database.tendPathTexts(from, to)).toBeNull();
	const text = await eventually(
		async () => {
			await database.tendPathTexts(from, to);
			return (await sql`select * from private.path_texts where message_id = ${sent}`)[0]!;
		},
		({ ended_at }) => ended_at !== null
	);
	expect(text).toMatchObject({
		handed_ms: expect.any(Number),
		receipt_ms: expect.any(Number),
		arrived_ms: expect.any(Number)
	});
	expect(await lookAtText()).toMatchObject({
		says: null,
		ms: Math.max(Number(text.receipt_ms), Number(text.arrived_ms))
	});
	const [home] = await sql<{ members: number; id: string }[]>`
		select o.id, (select count(*)::int from public.memberships m where m.organization_id = o.id) as members
		from public.messages m join public.organizations o on o.id = m.organization_id where m.id = ${sent}`;
	expect(home!.members).toBe(0);
	expect(before.has(home!.id)).toBe(false);
	const left = (await wallets()).get(home!.id);
	expect(left).toBeGreaterThan(4_900_000);
	expect(left).toBeLessThanOrEqual(5_000_000);
}, 60_000);

const lookAtText = async () =>
	(
		await sql<{ says: string | null; ms: number | null }[]>`
			select says, ms from private.health_checks where part = 'text' order by checked_at desc limit 1`
	)[0];

const wallets = async () =>
	new Map(
		(
			await sql<{ id: string; micros: number }[]>`
				select organization_id as id, balance_micros::int as micros from public.ledger_accounts where kind = 'wallet'`
		).map(({ id, micros }) => [id, micros])
	);

async function buyAtCarrier(number: string): Promise<void> {
	const list = `${env.CARRIER_URL}/2010-04-01/Accounts/${env.TWILIO_ACCOUNT_SID}/IncomingPhoneNumbers.json`;
	const authorization = `Basic ${btoa(`${env.TWILIO_ACCOUNT_SID}:${env.TWILIO_AUTH_TOKEN}`)}`;
	const body = new URLSearchParams({ PhoneNumber: number, SmsUrl: env.TWILIO_INBOUND_URL });
	expect((await fetch(list, { method: 'POST', headers: { authorization }, body })).ok).toBe(true);
}

type Status = {
	parts: { part: string; state: string; days: [number, number, number][] }[];
	notices: object[];
	announced: object[];
};

test('R6.7 everybody may know how each part was on 90 days, and nothing else of it', async () => {
	const told = await undone(async (tx) => {
		await tx`delete from private.health_checks`;
		await tx`delete from private.health_days`;
		const look = (says: string | null) =>
			tx`select private.record_health(${tx.json([
				{ part: 'carrier', ms: says === null ? 80 : null, says },
				{ part: 'functions', ms: 12, says: null }
			])})`;
		// each look happens in a transaction of its own; here they share one
		const minutesPass = (minutes: number) =>
			tx`update private.health_checks set checked_at = checked_at - make_interval(mins => ${minutes})`;
		await look(null);
		await minutesPass(1);
		await look('It answered 500 about +14155550100.');
		const [shaky] = await tx<{ status: Status }[]>`select api.status() as status`;
		await minutesPass(11);
		await look('It answered 500 about +14155550100.');
		await tx`insert into private.health_days (part, day, good, bad) values
			('carrier', (now() at time zone 'UTC')::date - 89, 1440, 0), ('carrier', (now() at time zone 'UTC')::date - 90, 1, 1)`;
		await tx`insert into private.announcements (level, says, is_public, starts_at, ends_at) values
			('incident', 'Texts are late', true, now() - interval '1 hour', now() + interval '1 hour'),
			('info', 'Not for all', false, now() - interval '1 hour', now() + interval '1 hour'),
			('info', 'On Monday', true, now() + interval '1 day', now() + interval '2 days')`;
		await tx`set local role anon`;
		const [failing] = await tx<{ status: Status }[]>`select api.status() as status`;
		return { shaky: shaky!.status, failing: failing!.status };
	});
	const of = (status: Status, part: string) => status.parts.find((each) => each.part === part)!;
	expect(of(told.shaky, 'carrier').state).toBe('shaky');
	expect(of(told.failing, 'carrier')).toEqual({
		part: 'carrier',
		state: 'failing',
		days: [
			[89, 1440, 0],
			[0, 1, 2]
		]
	});
	// nobody looked for eleven minutes: ten looks are missing
	expect(of(told.failing, 'functions')).toMatchObject({ state: 'well', days: [[0, 3, 10]] });
	expect(of(told.failing, 'text').state).toBe('unknown');
	expect(told.failing.notices).toMatchObject([{ says: 'Texts are late', level: 'incident' }]);
	expect(told.failing.announced).toMatchObject([{ says: 'On Monday' }]);
	expect(JSON.stringify(told.failing)).not.toMatch(/answered|1415|Not for all/);
});

test('R6.7 rpc status, by the default client: the same for a visitor, by post or by get', async () => {
	const visitor = createClient<Database, 'api'>(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, {
		db: { schema: 'api' }
	});
	for (const get of [false, true]) {
		const { data, error } = await visitor.rpc('status', undefined, { get });
		expect(error).toBeNull();
		expect((data as Status).parts).toHaveLength(8);
	}
});
