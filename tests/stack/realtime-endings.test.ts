/** The moment access ends: tokens, sessions, memberships. Bars are the issue's: 5 s for sockets. */
import { expect, test } from 'vitest';
import { accessToken, createNumber, createOrganization, createPerson, signIn, signOut } from '../support/people.ts';
import { connect, join } from '../support/realtime.ts';
import { stack } from '../support/shared-stack.ts';

const { env, sql } = stack;
const within5s = { timeout: 5000, interval: 50 };

async function member() {
	const person = await createPerson(sql, env);
	const owner = await createPerson(sql, env);
	const organization = await createOrganization(sql, { owner, members: [{ person, role: 'member' }] });
	const number = await createNumber(sql, null, { organizationId: organization.id });
	return {
		...person,
		teamId: organization.id,
		topic: `number:${number.id}`,
		token: (seconds: number) => accessToken(env.SUPABASE_JWT_SECRET, person, seconds)
	};
}

test('R1.6 a channel whose token runs out is closed, and says so', async () => {
	const person = await member();
	const { log } = await join(connect(env, person.token(4)), person.topic);
	await expect
		.poll(() => log, { timeout: 8000 })
		.toEqual(['SUBSCRIBED', expect.stringMatching(/^Token has expired/), 'CLOSED']);
});

test('R1.6 a refreshed token takes the place of the one that runs out', async () => {
	const person = await member();
	let token = person.token(4);
	const client = connect(env, () => token);
	const { log, heard } = await join(client, person.topic);
	token = person.token(3600);
	await client.setAuth();
	await new Promise((resolve) => setTimeout(resolve, 5500));
	await sql`select realtime.send('{}'::jsonb, 'still', ${person.topic}, true)`;
	await expect.poll(() => heard.length).toBe(1);
	expect(log).toEqual(['SUBSCRIBED']);
});

test('R1.5 a refreshed token of somebody without access closes the channel', async () => {
	const person = await member();
	const stranger = await createPerson(sql, env);
	let token = person.token(3600);
	const client = connect(env, () => token);
	const { log } = await join(client, person.topic);
	token = stranger.accessToken;
	await client.setAuth();
	await expect.poll(() => log).toEqual(['SUBSCRIBED', expect.stringMatching(/no longer have permission/), 'CLOSED']);
});

test('R1.7 signing out cuts the person’s sockets within 5 s, and an unexpired token opens no new channel', async () => {
	const person = await member();
	const { log, channel } = await join(connect(env, person.accessToken), person.topic);
	const socket = channel.socket;
	await signOut(sql, person);
	await expect.poll(() => log, within5s).toEqual(['SUBSCRIBED', 'The session has ended', 'CLOSED']);
	await expect.poll(() => socket.isConnected(), within5s).toBe(false);
	expect((await join(connect(env, person.accessToken), person.topic)).status).toMatch(/Unauthorized/);
	expect((await join(connect(env, person.accessToken), `user:${person.userId}`)).status).toMatch(/Unauthorized/);
});

test('R1.7 a session past its limit ends within 5 s, on public channels too', async () => {
	const person = await member();
	const inside = await join(connect(env, person.accessToken), person.topic);
	const outside = await join(connect(env, person.accessToken), 'lobby', { private: false });
	await sql`update auth.sessions set not_after = now() where id = ${person.sessionId}`;
	for (const { log } of [inside, outside]) await expect.poll(() => log.at(-1), within5s).toBe('CLOSED');
});

test('R1.7 another session of the same person stays', async () => {
	const person = await member();
	const other = await signIn(sql, env, person);
	const { log, heard } = await join(connect(env, other.accessToken), person.topic);
	const ended = await join(connect(env, person.accessToken), person.topic);
	await signOut(sql, person);
	await expect.poll(() => ended.log.at(-1), within5s).toBe('CLOSED');
	await sql`select realtime.send('{}'::jsonb, 'still', ${person.topic}, true)`;
	await expect.poll(() => heard.length).toBe(1);
	expect(log).toEqual(['SUBSCRIBED']);
});

test('a removed member’s channels are closed within 5 s, and only those the membership gave', async () => {
	const person = await member();
	const client = connect(env, person.accessToken);
	const shared = await join(client, person.topic);
	const own = await join(client, `user:${person.userId}`);
	await sql`delete from public.memberships where organization_id = ${person.teamId} and user_id = ${person.userId}`;
	await expect
		.poll(() => shared.log, within5s)
		.toEqual(['SUBSCRIBED', expect.stringMatching(/no longer have permission/), 'CLOSED']);
	await sql`select realtime.send('{"id": "x"}'::jsonb, 'read', ${`user:${person.userId}`}, true)`;
	// the first tells of the removal itself
	await expect.poll(() => own.heard.map(({ event }) => event)).toEqual(['memberships', 'read']);
	expect(own.log).toEqual(['SUBSCRIBED']);
});
