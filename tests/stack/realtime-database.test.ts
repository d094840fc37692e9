/** What the database sends: changes of rows, bytes, what is heard again, and what is forgotten. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { connect, join, ownRealtime, rightsOfToken, type Listening } from '../support/realtime.ts';
import { stack } from '../support/shared-stack.ts';

const own = await ownRealtime(stack, { policies: rightsOfToken });
const { env, sql } = own;
const token = own.token({ rights: 'broadcast:read broadcast:write' });
const events = ({ heard }: Listening) => heard.map(({ event }) => event);
const send = (topic: string, event: string, isPrivate = true) =>
	sql`select realtime.send('{}'::jsonb, ${event}, ${topic}, ${isPrivate})`;
const versions = ['2.0.0', '1.0.0'];

describe('broadcast_changes', async () => {
	await sql.unsafe(`
		create table public.things (id int primary key, name text);
		create function public.tell() returns trigger language plpgsql security definer as $$
		begin
			perform realtime.broadcast_changes('things', tg_op, tg_op, tg_table_name, tg_table_schema, new, old, tg_level);
			return null;
		end $$;
		create trigger tell after insert or update or delete on public.things for each row execute function public.tell();`);

	test.each(versions)('tells a row’s whole life, %s', async (version) => {
		const listening = await join(connect(env, token, version), 'things');
		await sql`insert into public.things values (1, 'kettle')`;
		await sql`update public.things set name = 'teapot'`;
		await sql`delete from public.things`;
		await expect.poll(() => events(listening)).toEqual(['INSERT', 'UPDATE', 'DELETE']);
		const [kettle, teapot] = [
			{ id: 1, name: 'kettle' },
			{ id: 1, name: 'teapot' }
		];
		const where = { schema: 'public', table: 'things' };
		expect(listening.heard.map(({ payload }) => payload)).toEqual([
			{ ...where, operation: 'INSERT', record: kettle, old_record: null, id: expect.any(String) },
			{ ...where, operation: 'UPDATE', record: teapot, old_record: kettle, id: expect.any(String) },
			{ ...where, operation: 'DELETE', record: null, old_record: teapot, id: expect.any(String) }
		]);
	});

	test('refuses what is no change of a row', async () => {
		const call = (operation: string, level: string) => sql`
			select realtime.broadcast_changes('things', 'e', ${operation}, 'things', 'public', null::public.things,
				null::public.things, ${level})`;
		await expect(call('TRUNCATE', 'ROW')).rejects.toThrow(
			'Failed to process the row: Unexpected operation type: TRUNCATE'
		);
		await expect(call('INSERT', 'STATEMENT')).rejects.toThrow(
			'function can only be triggered for each row, not for each statement'
		);
	});
});

test('send_binary sends bytes, short or long, to those who can take them', async () => {
	const listening = await join(connect(env, token), 'bytes');
	const old = await join(connect(env, token, '1.0.0'), 'bytes');
	for (const length of [3, 20_000])
		await sql`select realtime.send_binary(${Buffer.alloc(length, 200)}, 'bytes', 'bytes', true)`;
	await send('bytes', 'last');
	for (const { heard } of [listening, old]) await expect.poll(() => heard.at(-1)?.event).toBe('last');
	const lengths = listening.heard.slice(0, 2).map(({ payload }) => (payload as unknown as ArrayBuffer).byteLength);
	expect(lengths).toEqual([3, 20_000]);
	expect(events(old)).toEqual(['last']);
});

describe('replay', () => {
	const again = (topic: string, replay: { since?: number; limit?: number }, version = '2.0.0', rights = token) =>
		join(connect(env, rights, version), topic, { broadcast: { replay: replay as { since: number } } });

	test.each(versions)(
		'gives the last messages of the database again, oldest first, and then what comes, %s',
		async (version) => {
			const topic = `replay ${version}`;
			for (let n = 0; n < 30; n++) await send(topic, String(n));
			await send(topic, 'public', false);
			const sender = await join(connect(env, token), topic, { broadcast: { ack: true } });
			expect(await sender.channel.send({ type: 'broadcast', event: 'a client’s', payload: {} })).toBe('ok');

			const listening = await again(topic, { since: 0, limit: 100 }, version);
			await send(topic, 'new');
			await expect.poll(() => listening.heard.at(-1)?.event).toBe('new');
			expect(events(listening)).toEqual([...Array.from({ length: 25 }, (_, n) => String(n + 5)), 'new']);
			expect(listening.heard[0]?.meta).toEqual({ id: expect.any(String), replayed: true });
			expect(listening.heard.at(-1)?.meta?.replayed).toBeUndefined();
		}
	);

	test('begins where it is asked to, and gives ten where no number is asked for', async () => {
		const topic = 'replay since';
		for (let n = 0; n < 12; n++) await send(topic, String(n));
		await sql`update realtime.messages set inserted_at = inserted_at - interval '1 hour'
			where topic = ${topic} and event::int < 4`;
		const since = Date.now() - 60_000;
		const recent = await again(topic, { since, limit: 25 });
		await expect.poll(() => events(recent)).toEqual(['4', '5', '6', '7', '8', '9', '10', '11']);
		const ten = await again(topic, { since: 0 });
		await expect.poll(() => events(ten)).toHaveLength(10);
		const one = await again(topic, { since: 0, limit: -3 });
		await expect.poll(() => events(one)).toEqual(['11']);
		expect(events(await again(topic, { since: Date.now() + 60_000 }))).toEqual([]);
	});

	test('is for private channels, for whoever may read broadcasts, and takes numbers', async () => {
		const status = async (config: object, rights = token) =>
			(await join(connect(env, rights), 'replay refused', config)).status;
		const refused = 'CHANNEL_ERROR: UnableToReplayMessages: Replay params are not valid';
		expect(await status({ broadcast: { replay: { since: 'yesterday' } } })).toBe(refused);
		expect(await status({ broadcast: { replay: { since: 1e300 } } })).toBe(refused);
		expect(await status({ broadcast: { replay: { since: 1, limit: 2.5 } } })).toBe(refused);
		const watcher = own.token({ rights: 'presence:read' });
		const config = { broadcast: { replay: { since: 0 } }, presence: { key: 'me', enabled: true } };
		expect(await status(config, watcher)).toMatch(/^CHANNEL_ERROR: Unauthorized/);
	});

	test('loses nothing and doubles nothing while messages keep coming', async () => {
		const topic = 'replay storm';
		let sent = 0;
		let going = true;
		const storm = (async () => {
			while (going) await send(topic, String(sent++));
		})();
		const joined = [];
		for (let n = 0; n < 8; n++) joined.push(await again(topic, { since: 0, limit: 25 }));
		going = false;
		await storm;
		for (const listening of joined) {
			await expect.poll(() => listening.heard.at(-1)?.event).toBe(String(sent - 1));
			const first = Number(listening.heard[0]?.event);
			expect(events(listening)).toEqual(Array.from({ length: sent - first }, (_, n) => String(first + n)));
		}
	});
});

test('what is older than three days is swept when the server starts, and what is younger is kept', async () => {
	const ids = [randomUUID(), randomUUID()];
	await sql`insert into realtime.messages (id, topic, extension, private, inserted_at)
		values (${ids[0]!}, 'old', 'broadcast', true, now() at time zone 'utc' - interval '73 hours'),
			(${ids[1]!}, 'old', 'broadcast', true, now() at time zone 'utc' - interval '71 hours')`;
	await own.restart();
	await expect
		.poll(async () => (await sql`select id from realtime.messages where topic = 'old'`).map(({ id }) => id))
		.toEqual([ids[1]]);
});
