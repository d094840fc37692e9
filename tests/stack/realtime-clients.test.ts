/** The default supabase-js client against the stack, in both versions of the protocol: every call that the product makes. */
import { createClient, type RealtimeChannel, type SupabaseClient } from '@supabase/supabase-js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createNumber, createOrganization, createPerson, testPassword, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';

const { env, sql } = stack;

type Message = { event: string; payload: Record<string, unknown>; meta?: { replayed?: boolean } };

/** Somebody's browser: the client as `createClient` makes it, signed in with their password. */
async function browser(vsn: string | undefined, { email }: Person): Promise<SupabaseClient> {
	const storage = { auth: { persistSession: false }, ...(vsn ? { realtime: { vsn } } : {}) };
	const client = createClient(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, storage);
	onTestFinished(async () => {
		await client.removeAllChannels();
		await client.auth.stopAutoRefresh();
	});
	const { error } = await client.auth.signInWithPassword({ email, password: testPassword });
	if (error) throw error;
	await client.realtime.setAuth();
	return client;
}

function listen(channel: RealtimeChannel): Message[] {
	const heard: Message[] = [];
	channel.on('broadcast', { event: '*' }, (message) => heard.push(message as unknown as Message));
	return heard;
}

const subscribed = (channel: RealtimeChannel) =>
	new Promise<string>((resolve) => channel.subscribe((status, error) => resolve(error?.message ?? status)));

async function pair(vsn: string | undefined) {
	const [owner, colleague] = [await createPerson(sql, env), await createPerson(sql, env)];
	const organization = await createOrganization(sql, { owner, members: [{ person: colleague, role: 'member' }] });
	const number = await createNumber(sql, null, { organizationId: organization.id });
	const [mine, theirs] = [await browser(vsn, owner), await browser(vsn, colleague)];
	return { owner, colleague, mine, theirs, topic: `number:${number.id}` };
}

const events = (heard: Message[]) => heard.map(({ event }) => event);
const words = (channel: RealtimeChannel) => Object.keys(channel.presenceState()).sort();

describe.each([undefined, '2.0.0', '1.0.0'])('supabase-js, protocol %s', (vsn) => {
	test('hears the database, colleagues and HTTP on a private channel, and leaves it', async () => {
		const { mine, theirs, topic } = await pair(vsn);
		const config = { config: { private: true, broadcast: { ack: true } } };
		const [here, there] = [mine.channel(topic, config), theirs.channel(topic, config)];
		const [heardHere, heardThere] = [listen(here), listen(there)];
		expect([await subscribed(here), await subscribed(there)]).toEqual(['SUBSCRIBED', 'SUBSCRIBED']);

		await sql`select realtime.send('{"id": "x", "revision": 7}'::jsonb, 'conversation', ${topic}, true)`;
		for (const heard of [heardHere, heardThere]) {
			await expect.poll(() => heard.length).toBe(1);
			expect(heard[0]).toMatchObject({ event: 'conversation', payload: { id: 'x', revision: 7 } });
		}
		expect(await here.send({ type: 'broadcast', event: 'typing', payload: { who: 'Noor ☃' } })).toBe('ok');
		expect(await here.httpSend('posted', { by: 'HTTP' })).toEqual({ success: true });
		await expect.poll(() => events(heardThere)).toEqual(['conversation', 'typing', 'posted']);
		expect(events(heardHere)).toEqual(['conversation', 'posted']);

		expect(await mine.removeChannel(here)).toBe('ok');
		expect(await there.send({ type: 'broadcast', event: 'after', payload: {} })).toBe('ok');
		expect(events(heardHere)).toEqual(['conversation', 'posted']);
	});

	test('sends by HTTP without a socket, one message, and by the older way a batch', async () => {
		const { mine, theirs, topic } = await pair(vsn);
		const there = theirs.channel(topic, { config: { private: true } });
		const heard = listen(there);
		await subscribed(there);
		const here = mine.channel(topic, { config: { private: true } });
		expect(await here.httpSend('single', { n: 1 })).toEqual({ success: true });
		// before a channel is joined, supabase-js falls back to the batch endpoint, and warns
		const warn = console.warn;
		console.warn = () => {};
		expect(await here.send({ type: 'broadcast', event: 'batch', payload: { n: 2 } })).toBe('ok');
		console.warn = warn;
		await expect.poll(() => heard.map(({ payload }) => payload.n)).toEqual([1, 2]);

		const stranger = await browser(vsn, await createPerson(sql, env));
		await expect(stranger.channel(topic, { config: { private: true } }).httpSend('x', {})).rejects.toThrow(
			'Unauthorized'
		);
	});

	test('is given what it missed', async () => {
		const { mine, topic } = await pair(vsn);
		const since = Date.now() - 1000;
		for (const event of ['one', 'two', 'three']) await sql`select realtime.send('{}'::jsonb, ${event}, ${topic}, true)`;
		const channel = mine.channel(topic, { config: { private: true, broadcast: { replay: { since, limit: 2 } } } });
		const heard = listen(channel);
		expect(await subscribed(channel)).toBe('SUBSCRIBED');
		await expect.poll(() => events(heard)).toEqual(['two', 'three']);
		expect(heard.map(({ meta }) => meta?.replayed)).toEqual([true, true]);
	});

	test('shows who is there: several tabs of one person, a tab that leaves, and the one that is closed', async () => {
		const { owner, mine, theirs, topic } = await pair(vsn);
		const tab = await browser(vsn, owner);
		const enter = async (client: SupabaseClient, key: string) => {
			const seen: string[] = [];
			const channel = client
				.channel(topic, { config: { private: true, presence: { key } } })
				.on('presence', { event: 'join' }, (joined) => seen.push(`+${joined.key}`))
				.on('presence', { event: 'leave' }, (left) => seen.push(`-${left.key}`))
				.on('presence', { event: 'sync' }, () => {});
			expect(await subscribed(channel)).toBe('SUBSCRIBED');
			expect(await channel.track({ at: key })).toBe('ok');
			return { channel, seen };
		};
		const first = await enter(mine, 'noor');
		const second = await enter(tab, 'noor');
		const other = await enter(theirs, 'maya');
		await expect.poll(() => words(first.channel)).toEqual(['maya', 'noor']);
		expect(first.channel.presenceState().noor).toHaveLength(2);
		await second.channel.untrack();
		await expect.poll(() => other.channel.presenceState().noor?.length).toBe(1);
		await mine.removeAllChannels();
		await expect.poll(() => words(other.channel)).toEqual(['maya']);
		expect(other.seen.slice(-2)).toEqual(['-noor', '-noor']);
		// who only listens is no presence, and is told of those who are
		expect(words(second.channel)).toEqual(['maya']);
	});

	test('is refused elsewhere, and told that tables are not followed', async () => {
		const { mine, topic } = await pair(vsn);
		expect(await subscribed(mine.channel('number:somebody’s', { config: { private: true } }))).toBe(
			'Unauthorized: You do not have permissions to read from this Channel topic: number:somebody’s'
		);
		const tables = mine
			.channel(`${topic} tables`)
			.on('postgres_changes', { event: '*', schema: 'public', table: 'messages' }, () => {});
		expect(await subscribed(tables)).toMatch(/^PostgresChangesUnavailable: /);
	});

	test('is put out when its person signs out, and a refreshed session stays', async () => {
		const { mine, theirs, topic } = await pair(vsn);
		const [here, there] = [mine, theirs].map((client) => client.channel(topic, { config: { private: true } })) as [
			RealtimeChannel,
			RealtimeChannel
		];
		const heard = listen(there);
		const statuses: string[] = [];
		await new Promise<void>((resolve) =>
			here.subscribe((status) => {
				statuses.push(status);
				resolve();
			})
		);
		await subscribed(there);
		const { error } = await theirs.auth.refreshSession();
		expect(error).toBeNull();
		await mine.auth.signOut({ scope: 'local' });
		await expect.poll(() => statuses, { timeout: 5000 }).toEqual(['SUBSCRIBED', 'CLOSED']);
		await sql`select realtime.send('{}'::jsonb, 'still', ${topic}, true)`;
		await expect.poll(() => events(heard)).toEqual(['still']);
	});
});
