import { describe, expect, test } from 'vitest';
import { webhookEvents } from '#core/webhooks.ts';
import { as, edge, receive } from '../db/acting.ts';
import { inventNumber } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { pass, tellMany } from '../support/webhook-receiver.ts';
import { eventually } from './doors.ts';
import { endpointTo, receiver, verify } from './webhook-scene.ts';

const { sql } = stack;

const deliveriesOf = (endpointId: string) =>
	sql<{ id: string; status: string; attempts: number; last_failure: string | null; last_status: number | null }[]>`
		select id, status, attempts, last_failure, last_status from public.webhook_deliveries
		where endpoint_id = ${endpointId} order by ordinal`;
const endpoint = async (id: string) =>
	(
		await sql<{ failures: number; blocked_until: Date | null; disabled_reason: string | null }[]>`
			select failures, blocked_until, disabled_reason from public.webhook_endpoints where id = ${id}`
	)[0]!;

describe('R7.1 webhooks', () => {
	test('the database and the pages know one list of events', async () => {
		const rows = await sql<{ type: string; scope: string }[]>`select type, scope from private.webhook_event_types`;
		const inCore = Object.entries(webhookEvents).map(([type, { scope }]) => `${type} ${scope}`);
		expect(rows.map(({ type, scope }) => `${type} ${scope}`).sort()).toEqual(inCore.sort());
	});

	test('a text that comes in is told at once, signed as standardwebhooks.com says, and its code stays masked', async () => {
		const program = await receiver();
		const { number, secret, organizationId } = await endpointTo(program.url, ['message.received', 'opt_out.added']);
		const guest = inventNumber();
		const { message_id, conversation_id } = await receive(number.e164, {
			from: guest,
			body: 'Your Tidewater code is 482913'
		});
		const [told] = await eventually(
			async () => program.told,
			(list) => list.length === 1
		);
		verify(secret, told!);
		expect(() => verify('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', told!)).toThrow();
		expect(told!.event).toMatchObject({
			type: 'message.received',
			data: {
				...{ id: message_id, conversation_id, organization_id: organizationId, phone_number_id: number.id },
				...{ number: number.e164, contact_number: guest, status: 'received', has_code: true }
			}
		});
		expect(told!.body).not.toContain('482913');

		await receive(number.e164, { from: guest, body: 'STOP', keyword: 'stop' });
		const later = await eventually(
			async () => program.told,
			(list) => list.length === 3
		);
		expect(later.map(({ event }) => event.type).sort()).toEqual([
			...['message.received', 'message.received', 'opt_out.added']
		]);
	});

	test('whoever asks for codes gets them, and the log keeps neither the code nor the secret that was answered', async () => {
		const program = await receiver();
		const types = ['message.received', 'verification.code_received'];
		const { number, secret, id } = await endpointTo(program.url, types);
		program.answer((event) => ({ status: 200, body: `Thanks for ${String(event.data.body)}, ${secret}` }));
		await receive(number.e164, { from: inventNumber(), body: 'Your Tidewater code is 482913' });
		await eventually(
			() => deliveriesOf(id),
			([first]) => first?.status === 'delivered'
		);
		expect(program.told[0]!.body).toContain('482913');
		const [attempt] = await sql<Record<string, unknown>[]>`
			select a.* from public.webhook_attempts a join public.webhook_deliveries d on d.id = a.delivery_id
			where d.endpoint_id = ${id}`;
		expect(attempt).toMatchObject({ attempt: 1, status: 200, failure: null, answer: 'Thanks for •••, •••' });
	});

	test('while a secret is rotated either will do; afterwards only the new one', async () => {
		const program = await receiver();
		const { owner, secret, id } = await endpointTo(program.url, ['limit.reached']);
		await sql`select private.record_password_entered(${owner.sessionId})`;
		const rotated = await as(owner, async (tx) => {
			const [row] = await tx<{ secret: string }[]>`select api.rotate_webhook_secret(${id}, 3600) as secret`;
			return row!.secret;
		});
		const test = () => as(owner, (tx) => tx`select api.send_test_event(${id})`);
		const nth = async (count: number) =>
			(
				await eventually(
					async () => program.told,
					(list) => list.length === count
				)
			)[count - 1]!;
		await test();
		const both = await nth(1);
		expect(both.event.type).toBe('webhook.test');
		verify(secret, both);
		verify(rotated, both);
		await sql`update private.webhook_secrets set ends_at = now() where endpoint_id = ${id} and ends_at is not null`;
		await test();
		const after = await nth(2);
		verify(rotated, after);
		expect(() => verify(secret, after)).toThrow();
	});

	test('an endpoint that is down for a day gets everything in order of its key, each event under one id', async () => {
		const program = await receiver();
		const { id, organizationId } = await endpointTo(program.url, ['limit.reached']);
		program.answer(() => ({ status: 500 }));
		await tellMany(sql, organizationId, 60, 7);
		await eventually(
			() => endpoint(id),
			({ blocked_until }) => blocked_until !== null
		);
		// one is tried every now and then, and the others rest
		for (let hour = 0; hour < 3; hour++) {
			const { failures } = await endpoint(id);
			await pass(sql, id, '8 hours');
			await eventually(
				() => endpoint(id),
				(now) => now.failures > failures
			);
		}
		expect(program.told.length).toBeLessThan(20);
		program.answer(() => ({ status: 204 }));
		await pass(sql, id, '20 minutes');
		await eventually(
			() => deliveriesOf(id),
			(list) => list.every(({ status }) => status === 'delivered')
		);
		const taken = program.taken();
		expect(new Set(taken.map((told) => told.id)).size).toBe(60);
		const lanes = Map.groupBy(taken, ({ event }) => Number(event.data.place) % 7);
		for (const lane of lanes.values()) {
			const places = lane.map(({ event }) => Number(event.data.place));
			expect(places).toEqual([...places].sort((a, b) => a - b));
		}
		expect(await endpoint(id)).toEqual({ failures: 0, blocked_until: null, disabled_reason: null });
	});

	test('after three days it is switched off, what waits is parked, and its owner gets a letter; a replay has the same id', async () => {
		const program = await receiver();
		const { owner, id, organizationId } = await endpointTo(program.url, ['limit.reached']);
		program.answer(() => ({ status: 302, headers: { location: 'http://127.0.0.1/' } }));
		await tellMany(sql, organizationId, 2, 1);
		await eventually(
			() => endpoint(id),
			({ failures }) => failures > 0
		);
		await pass(sql, id, '73 hours');
		await eventually(
			() => endpoint(id),
			({ disabled_reason }) => disabled_reason === 'failing'
		);
		expect(await deliveriesOf(id)).toMatchObject([
			{ status: 'parked', last_failure: 'redirect', last_status: 302 },
			{ status: 'parked', attempts: 0 }
		]);
		const [letter] = await sql`
			select payload from private.jobs where kind = 'send_letter' and payload ->> 'user_id' = ${owner.userId}
				and payload ->> 'template' = 'webhook_disabled'`;
		expect(letter!.payload).toMatchObject({ details: { endpoint_id: id, host: new URL(program.url).host } });

		const notices = await sql`
			select user_id, topic, details ->> 'name' as name from public.notifications where subject = ${id}`;
		expect(notices).toEqual([{ user_id: owner.userId, topic: 'webhook_disabled', name: new URL(program.url).host }]);

		const tried = program.told.map((told) => told.id);
		program.answer(() => ({ status: 200 }));
		await as(owner, (tx) => tx`select api.enable_webhook_endpoint(${id})`);
		const [replayed] = await as(owner, (tx) => tx`select api.replay_webhook_deliveries(${id}) as count`);
		expect(replayed).toEqual({ count: 2 });
		const taken = await eventually(
			async () => program.taken(),
			(list) => list.length === 2
		);
		expect(taken.map(({ event }) => event.data.place)).toEqual([1, 2]);
		expect(tried).toContain(taken[0]!.id);
	});

	test('what happens while an address is deleted happens all the same', async () => {
		const { id, organizationId, number } = await endpointTo('http://127.0.0.1:9/', [
			'opt_out.added',
			'opt_out.removed'
		]);
		const deleted = Promise.withResolvers<null>();
		const told = Promise.withResolvers<null>();
		const deleting = sql.begin(async (tx) => {
			await tx`delete from public.webhook_endpoints where id = ${id}`;
			deleted.resolve(null);
			// long enough for the other to have begun
			await Promise.race([told.promise, new Promise((done) => setTimeout(done, 300))]);
		});
		await deleted.promise;
		await sql`
			insert into public.opt_outs (organization_id, phone_number_id, contact_number, source)
			values (${organizationId}, ${number.id}, ${inventNumber()}, 'person')`;
		told.resolve(null);
		await deleting;
		expect(await deliveriesOf(id)).toEqual([]);
	});

	test('one that hangs takes one place at a time, and a worker that died loses nothing', async () => {
		const { id, organizationId } = await endpointTo('http://127.0.0.1:9/', ['limit.reached'], { failures: 1 });
		await sql`update public.webhook_endpoints set disabled_at = now(), disabled_reason = 'person' where id = ${id}`;
		await sql.begin(async (tx) => {
			// in one transaction, so that the stack's own worker does not see it
			await tx`update public.webhook_endpoints set disabled_at = null, disabled_reason = null where id = ${id}`;
			await tx`
				select private.tell_webhooks(${organizationId}, 'limit.reached', null, null, '{}', gen_random_uuid())
				from generate_series(1, 3)`;
			const take = async () =>
				(
					await tx<{ taken: { event_id: string } | null }[]>`
				select private.take_webhook(${id}) as taken`
				)[0]!.taken;
			const first = await take();
			expect(first).not.toBeNull();
			expect(await take()).toBeNull();
			await tx`update public.webhook_deliveries set leased_until = now() - interval '1 second' where lease is not null`;
			expect((await take())?.event_id).toBe(first!.event_id);
			await tx`update public.webhook_endpoints set failures = 0 where id = ${id}`;
			const others = [await take(), await take(), await take()].map((one) => one?.event_id ?? null);
			expect([new Set(others).size, others[2]]).toEqual([3, null]);
			await tx`delete from private.jobs where kind = 'deliver_webhooks' and payload ->> 'endpoint_id' = ${id}`;
			await tx`delete from public.webhook_endpoints where id = ${id}`;
		});
		expect(await edge`select service.take_webhook(${id}) as taken`).toEqual([{ taken: null }]);
	});
});
