/** What the console shows of texts that were not delivered, of webhooks that do not arrive, and of what went wrong. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createNumber, inventNumber } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { edge, receive } from './acting.ts';
import { bookOf, company } from './company.ts';
import { hash, operator, refusal, server } from './operating.ts';

const { sql } = stack;

type Errors = {
	codes: { code: string; texts: number; organizations: number; countries: number }[];
	places: { code: string; carrier: string; country_code: string; organization_id: string; texts: number }[];
};

test('R6.7 texts that failed are counted by code, carrier, country and organization, today and on days that are over', async () => {
	const { session } = await operator('support');
	const { id } = await company();
	const number = await createNumber(sql, null, { organizationId: id });
	const { conversation_id } = await receive(number.e164, { from: inventNumber() });
	// codes that nobody else has
	const [one, two] = [`8${Date.now() % 10_000_000}`, `9${Date.now() % 10_000_000}`];
	const fail = async (code: string, daysAgo: number, country: string | null) => {
		const [text] = await sql<{ id: string }[]>`
			insert into public.messages (conversation_id, direction, status, body, carrier, error_code, failed_at)
			values (${conversation_id}, 'outbound', 'failed', 'Hello', 'twilio', ${code}, now() - make_interval(days => ${daysAgo}))
			returning id`;
		if (country) {
			await sql`
				insert into public.text_charges (message_id, organization_id, phone_number_id, direction, kind, price_id, unit_micros,
					segments, month, status)
				select ${text!.id}, ${id}, ${number.id}, 'outbound', 'sms', p.id, 0, 1, current_date, 'returned' from public.prices p
				where p.country_code = ${country} limit 1`;
		}
		return text!.id;
	};
	const asked = async (days: number, code: string | null = null) =>
		(
			await server<{ told: Errors }[]>`select service.operator_delivery_errors(${session}, ${days}, ${code}) as told`
		)[0]!.told;
	const ours = async (days: number) => {
		const { codes, places } = await asked(days);
		return {
			codes: codes.filter(({ code }) => [one, two].includes(code)).map(({ code, texts }) => `${code} ${texts}`),
			places: places
				.filter((place) => place.organization_id === id)
				.map((place) => `${place.code} ${place.carrier} ${place.country_code} ${place.texts}`)
		};
	};
	await fail(one, 0, 'FR');
	await fail(one, 0, 'FR');
	await fail(one, 0, null);
	const forgotten = await fail(two, 3, 'DE');
	await fail(two, 20, 'DE');
	const today = { codes: [`${one} 3`], places: [`${one} twilio FR 2`, `${one} twilio  1`] };
	expect(await ours(1)).toEqual(today);
	// as if nothing was counted, and as it was counted since
	await sql`update private.failure_counts set counted_until = (now() at time zone 'UTC')::date - 30`;
	const live = [await ours(7), await ours(30)];
	expect(live[0]).toEqual({ codes: [`${one} 3`, `${two} 1`], places: [...today.places, `${two} twilio DE 1`] });
	expect(live[1]!.codes).toEqual([`${one} 3`, `${two} 2`]);
	const noon = sql`date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' + interval '12 hours'`;
	await sql`select private.count_failure_days(${noon})`;
	expect([await ours(1), await ours(7), await ours(30)]).toEqual([today, ...live]);
	// the days that are over outlive their texts
	await sql`delete from public.messages where id = ${forgotten}`;
	await sql`update private.failure_counts set counted_until = counted_until - 5`;
	await sql`select private.count_failure_days(${noon})`;
	expect(await ours(7)).toEqual(live[0]);
	expect((await asked(30, two)).places.map(({ code }) => code)).toEqual([two]);
	expect(await refusal(server`select service.operator_delivery_errors(${hash()})`)).toBe('operator_session_ended');
});

test('R6.7 webhooks that do not arrive are shown by host, tried again or switched off by operators, in both books', async () => {
	const { id } = await company();
	const support = await operator('support');
	const { session, id: who } = await operator('operator');
	const secret = randomUUID();
	const host = `hooks-${secret.slice(0, 8)}.invalid`;
	const made = async (columns: Record<string, unknown>) =>
		(
			await sql<{ id: string }[]>`
				insert into public.webhook_endpoints ${sql({
					...{
						organization_id: id,
						url: `https://${host}/in/${secret}?key=${secret}`,
						event_types: ['message.received']
					},
					...columns
				})} returning id`
		)[0]!.id;
	const later = new Date(Date.now() + 3_600_000);
	const ago = new Date(Date.now() - 3_600_000);
	const failing = await made({ failures: 7, failing_since: ago, blocked_until: later });
	const given = await made({ disabled_at: new Date(), disabled_reason: 'failing', failing_since: ago, failures: 90 });
	const theirs = await made({ disabled_at: new Date(), disabled_reason: 'person' });
	const well = await made({});
	const deliveries: string[] = [];
	for (const [endpoint, status] of [
		[failing, 'waiting'],
		[given, 'parked']
	] as const) {
		const [event] = await sql<{ id: string }[]>`
			insert into private.webhook_events (organization_id, type, facts) values (${id}, 'message.received', '{}') returning id`;
		const [delivery] = await sql<{ id: string }[]>`
			insert into public.webhook_deliveries (organization_id, endpoint_id, event_id, event_type, order_key, status, last_status,
				last_failure, next_attempt_at, attempts)
			values (${id}, ${endpoint}, ${event!.id}, 'message.received', '', ${status}, 503, 'answer', ${later}, 5) returning id`;
		await sql`
			insert into public.webhook_attempts (organization_id, delivery_id, attempt, url, status, failure, duration_ms, answer)
			values (${id}, ${delivery!.id}, 5, ${`https://${host}/${secret}`}, 503, 'answer', 20, ${secret})`;
		deliveries.push(delivery!.id);
	}
	const shown = async () => {
		const [row] = await server<
			{ told: Record<string, unknown>[] }[]
		>`select service.operator_webhooks(${support.session}) as told`;
		expect(JSON.stringify(row!.told)).not.toContain(secret);
		return row!.told.filter((one) => one.organization_id === id);
	};
	expect((await shown()).map((one) => one.id).sort()).toEqual([failing, given].sort());
	expect((await shown()).find((one) => one.id === failing)).toMatchObject({
		...{ host, failures: 7, disabled_at: null, waiting: 1, parked: 0 },
		last: { status: 503, failure: 'answer', event_type: 'message.received' }
	});
	const tend = (by: string, endpoint: string, deed: string, reason = 'Their host is back') =>
		server<{ again: number }[]>`select service.operator_tend_webhook(${by}, ${endpoint}, ${deed}, ${reason}) as again`;
	expect([
		await refusal(tend(support.session, failing, 'retry')),
		await refusal(tend(session, failing, 'retry', '')),
		await refusal(tend(hash(), failing, 'retry')),
		await refusal(tend(session, randomUUID(), 'retry')),
		await refusal(tend(session, theirs, 'retry')),
		await refusal(edge`select service.operator_tend_webhook('', ${failing}, 'retry', 'Because')`)
	]).toEqual([
		...['operator_not_allowed', 'reason_missing', 'operator_session_ended', 'not_found', 'webhook_disabled'],
		'permission denied for function operator_tend_webhook'
	]);
	expect((await tend(session, failing, 'retry'))[0]!.again).toBe(1);
	expect((await tend(session, given, 'retry'))[0]!.again).toBe(1);
	const state = async (endpoint: string) =>
		(
			await sql`select disabled_reason, stopped_at is not null as stopped from public.webhook_endpoints where id = ${endpoint}`
		)[0];
	expect(await state(given)).toEqual({ disabled_reason: null, stopped: false });
	const [tried] = await sql`select status from public.webhook_deliveries where id = ${deliveries[1]!}`;
	expect(tried!.status).toBe('waiting');
	await tend(session, well, 'disable', 'It floods their host');
	await tend(session, well, 'disable', 'It floods their host');
	expect(await state(well)).toEqual({ disabled_reason: 'person', stopped: true });
	expect((await shown()).map((one) => one.id)).toContain(well);
	await tend(session, well, 'retry');
	expect(await state(well)).toEqual({ disabled_reason: null, stopped: false });
	const book = (await bookOf(id)).filter(({ verb }) => verb.startsWith('webhook.'));
	expect(book.map(({ verb, actor_id, after }) => [verb, actor_id, (after as { reason?: string }).reason])).toEqual(
		expect.arrayContaining([
			['webhook.retried', null, 'Their host is back'],
			['webhook.enabled', null, 'Their host is back'],
			['webhook.disabled', null, 'It floods their host']
		])
	);
	expect(book.filter(({ verb }) => verb === 'webhook.disabled')).toHaveLength(1);
	const lines =
		await sql`select verb from private.operator_log where operator_id = ${who} and verb like 'webhook.%' order by id`;
	expect(lines.map(({ verb }) => verb as string)).toEqual([
		...['webhook.retried', 'webhook.retried', 'webhook.disabled', 'webhook.disabled', 'webhook.retried']
	]);
	await sql`delete from public.webhook_endpoints where organization_id = ${id}`;
});

test.each([
	['carrier answered 503, code 30008', 'carrier answered 503, code 30008'],
	['no answer: TimeoutError', 'no answer: TimeoutError'],
	[
		'PostgresError 23505 duplicate key value violates unique constraint "messages_sent_once"',
		'PostgresError 23505 duplicate key value violates unique constraint •••'
	],
	["The 'To' number +14155550142 is not valid", 'The ••• number ••• is not valid'],
	['550 5.1.1 <ada@example.com> is unknown', '550 5.1.1 •••'],
	['ada@example.com is unknown', '••• is unknown'],
	[
		'TypeError error sending request for url (https://user:pw@hooks.example:8443/in/abc?token=abc)',
		'TypeError error sending request for url •••'
	],
	[
		'error sending request for https://hooks.example/in/abc: refused',
		'error sending request for https://hooks.example/••• refused'
	],
	[
		'SyntaxError Unexpected token \'H\', "Hello, my code is 482910" is not valid JSON',
		'SyntaxError Unexpected token ••• , ••• is not valid JSON'
	],
	['your code is 482910, call 0151 234567', 'your code is ••• call •••'],
	['Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl', 'Bearer •••'],
	['key sk_live_51Habc and whsec_MfKQ9r8GKYqrTwjU', 'key ••• and •••'],
	['Key (body)=(Meet me at the pier) exists', 'Key (body) ••• exists'],
	['[{"code":"invalid","message":"Hello"}]', '•••']
])('R6.7 why a job failed is one line that repeats nothing of what was sent: %s', async (error, line) => {
	const [row] = await sql`select private.safe_line(${error}) as line`;
	expect(row!.line).toBe(line);
});
