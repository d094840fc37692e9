/** The page's own socket against the same server that holds Supabase's client to its word. */
import { expect, onTestFinished, test } from 'vitest';
import type { Channel, Ear, Hint, Status } from '#lib/realtime/channel.ts';
import { Socket } from '#lib/realtime/socket.ts';
import { connect, join, ownRealtime } from '../support/realtime.ts';
import { stack } from '../support/shared-stack.ts';

const own = await ownRealtime(stack);
const lenient = await ownRealtime(stack, {
	policies: `
	create policy "who may" on realtime.messages for all to authenticated
		using ((select auth.jwt() ->> 'rights') = 'all') with check (true);
`
});

type Page = { socket: Socket; beats: number };

function open({ env }: Pick<typeof own, 'env'>, token: () => Promise<string>): Page {
	const page: Page = {
		beats: 0,
		socket: new Socket({
			url: `${env.SUPABASE_URL.replace('http', 'ws')}/realtime/v1`,
			key: env.SUPABASE_PUBLISHABLE_KEY,
			token,
			onbeat: () => (page.beats += 1)
		})
	};
	onTestFinished(() => page.socket.disconnect());
	return page;
}

type Told = { channel: Channel; statuses: Status[]; hints: Hint[]; here: readonly string[] };

function listen({ socket }: Page, name: string, presenceKey?: string): Told {
	const told: Omit<Told, 'channel'> = { statuses: [], hints: [], here: [] };
	const ear: Ear = {
		onstatus: (status) => told.statuses.push(status),
		onhint: (hint) => told.hints.push(hint),
		onhere: (keys) => (told.here = [...keys].sort()),
		...(presenceKey && { presenceKey })
	};
	return Object.assign(told, { channel: socket.join(name, ear) });
}

const as = (claims = {}) => {
	const token = own.token(claims);
	return () => Promise.resolve(token);
};

test('R2.6 a page hears what the database says, and what a colleague says with Supabase’s own client', async () => {
	const told = listen(open(own, as()), 'number:1');
	await expect.poll(() => told.statuses).toEqual(['joined']);
	await own.sql`select realtime.send('{"id":"m"}'::jsonb, 'message', 'number:1', true)`;
	await expect.poll(() => told.hints).toEqual([{ event: 'message', payload: { id: 'm' } }]);
	const theirs = await join(connect(own.env, own.token()), 'number:1');
	told.channel.say('typing', { id: 'me' });
	await expect
		.poll(() => theirs.heard.map(({ event, payload }) => [event, payload]))
		.toEqual([['typing', { id: 'me' }]]);
	await theirs.channel.send({ type: 'broadcast', event: 'typing', payload: { id: 'they' } });
	await expect.poll(() => told.hints.at(-1)).toEqual({ event: 'typing', payload: { id: 'they' } });
});

test('R2.6 after the server was away every topic is joined again, and nothing is said twice', async () => {
	const page = open(own, as());
	const [one, two] = [listen(page, 'number:2'), listen(page, 'user:2')];
	await expect.poll(() => [one.statuses, two.statuses]).toEqual([['joined'], ['joined']]);
	await own.restart(300);
	for (const { statuses } of [one, two]) await expect.poll(() => statuses.at(-1), { timeout: 10_000 }).toBe('joined');
	expect(one.statuses[1]).toBe('lost');
	await own.sql`select realtime.send('{"id":"n"}'::jsonb, 'message', 'number:2', true)`;
	await expect.poll(() => one.hints).toHaveLength(1);
	expect(two.hints).toEqual([]);
});

test('R1.5 who is refused asks again, and is let in once they may', async () => {
	let token = lenient.token({ rights: 'none' });
	const told = listen(
		open(lenient, () => Promise.resolve(token)),
		'number:3'
	);
	await expect.poll(() => told.statuses).toEqual(['lost']);
	token = lenient.token({ rights: 'all' });
	await expect.poll(() => told.statuses.at(-1), { timeout: 5000 }).toBe('joined');
});

test('without a token nothing is joined until there is one', async () => {
	let isOver = true;
	const told = listen(
		open(own, () => (isOver ? Promise.reject(new Error('over')) : as()())),
		'number:4'
	);
	await expect.poll(() => told.statuses[0]).toBe('lost');
	isOver = false;
	await expect.poll(() => told.statuses.at(-1), { timeout: 5000 }).toBe('joined');
});

test('somebody is here as long as one of their pages is', async () => {
	const [noor, again, maya] = [open(own, as()), open(own, as()), open(own, as())];
	const seen = listen(noor, 'conversation:1', 'noor');
	const second = listen(again, 'conversation:1', 'noor');
	const theirs = listen(maya, 'conversation:1', 'maya');
	for (const { statuses, channel } of [seen, second, theirs]) {
		await expect.poll(() => statuses).toEqual(['joined']);
		channel.appear(true);
	}
	await expect.poll(() => seen.here).toEqual(['maya', 'noor']);
	second.channel.leave();
	theirs.channel.appear(false);
	await expect.poll(() => seen.here).toEqual(['noor']);
	again.socket.disconnect();
	noor.socket.disconnect();
	noor.socket.connect();
	await expect.poll(() => seen.statuses).toEqual(['joined', 'lost', 'joined']);
	await expect.poll(() => seen.here).toEqual([]);
});

test('a topic that is left and followed again at once is heard once', async () => {
	const page = open(own, as());
	const first = listen(page, 'number:5');
	await expect.poll(() => first.statuses).toEqual(['joined']);
	first.channel.leave();
	const second = listen(page, 'number:5');
	await expect.poll(() => second.statuses).toEqual(['joined']);
	await own.sql`select realtime.send('{"id":"o"}'::jsonb, 'message', 'number:5', true)`;
	await expect.poll(() => second.hints).toHaveLength(1);
	expect([first.hints, first.statuses]).toEqual([[], ['joined']]);
});
