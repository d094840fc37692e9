/**
 * A captured access token after its reason is gone: nothing, at any of the five doors. What is asked first after the cause
 * is refused already, so the HTTP doors need no clock; sockets are cut by a round of checks, and how soon is printed.
 */
import { createClient } from '@supabase/supabase-js';
import { afterAll, describe, expect, test } from 'vitest';
import {
	addMember,
	createNumber,
	createOrganization,
	createPerson,
	inventNumber,
	signIn,
	testPassword,
	type Person
} from '../support/people.ts';
import { connect, join } from '../support/realtime.ts';
import { stack } from '../support/shared-stack.ts';
import { receive } from '../db/acting.ts';

const { env, sql } = stack;
const pixel = Buffer.from(
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
	'base64'
);
const figures: string[] = [];
afterAll(() => console.log(`a captured token afterwards:\n${figures.join('\n')}`));

/** A member of a team with a text, a number and a logo, whose token somebody has captured. */
async function captured() {
	const person = await createPerson(sql, env);
	const team = await createOrganization(sql, { owner: await createPerson(sql, env) });
	await addMember(sql, team.id, person, 'member');
	const number = await createNumber(sql, null, { organizationId: team.id });
	const { conversation_id } = await receive(number.e164, { from: inventNumber() });
	const logo = `${team.id}/${crypto.randomUUID()}`;
	const server = createClient(env.SUPABASE_URL, env.SUPABASE_SECRET_KEY);
	const { error } = await server.storage.from('logos').upload(logo, pixel, { contentType: 'image/png' });
	if (error) throw error;
	await sql`update public.organizations set logo_path = ${logo} where id = ${team.id}`;
	return { person, team, topic: `number:${number.id}`, conversationId: conversation_id!, logo };
}

type Captured = Awaited<ReturnType<typeof captured>>;

/** Asks a door of the stack as whoever has the token. */
function ask({ person }: Captured, path: string, body?: object): Promise<Response> {
	return fetch(`${env.SUPABASE_URL}${path}`, {
		method: body ? 'POST' : 'GET',
		headers: {
			apikey: env.SUPABASE_PUBLISHABLE_KEY,
			authorization: `Bearer ${person.accessToken}`,
			'content-type': 'application/json',
			'accept-profile': 'api',
			'content-profile': 'api'
		},
		...(body && { body: JSON.stringify(body) })
	});
}

/** What the token gets at each door that speaks HTTP: true for something, false for nothing. */
const doors: Record<string, (token: Captured) => Promise<boolean>> = {
	'REST, a view': async (token) => {
		const response = await ask(token, `/rest/v1/conversations?organization_id=eq.${token.team.id}`);
		return response.ok && ((await response.json()) as unknown[]).length > 0;
	},
	'RPC, a question': async (token) => (await ask(token, '/rest/v1/rpc/me', { slug: token.team.slug })).ok,
	'RPC, a verb': async (token) =>
		(await ask(token, '/rest/v1/rpc/mark_read', { conversation_id: token.conversationId, seq: 1 })).ok,
	storage: async (token) => (await ask(token, `/storage/v1/object/authenticated/logos/${token.logo}`)).ok
};

/** The functions take no people's tokens at all, whatever is true of them. */
const functions = ['/functions/v1/worker', '/functions/v1/twilio/inbound', '/functions/v1/twilio/status'];

async function refusedByFunctions(token: Captured): Promise<void> {
	for (const path of functions) {
		const { status } = await fetch(env.SUPABASE_URL + path, {
			method: 'POST',
			headers: { apikey: env.SUPABASE_PUBLISHABLE_KEY, authorization: `Bearer ${token.person.accessToken}` },
			body: new URLSearchParams({ MessageSid: 'SM0', From: '+12025550100', To: '+12025550101', Body: 'hello' })
		});
		expect([401, 403], path).toContain(status);
	}
}

async function changePassword(person: Person): Promise<void> {
	const other = await signIn(sql, env, person);
	const response = await fetch(`${env.SUPABASE_URL}/auth/v1/user`, {
		method: 'PUT',
		headers: {
			apikey: env.SUPABASE_PUBLISHABLE_KEY,
			authorization: `Bearer ${other.accessToken}`,
			'content-type': 'application/json'
		},
		body: JSON.stringify({ password: 'grey gulls over the pier', current_password: testPassword })
	});
	if (!response.ok) throw new Error(`the change answered ${response.status}: ${await response.text()}`);
}

async function signOutThere(token: Captured): Promise<void> {
	const response = await ask(token, '/auth/v1/logout?scope=local', {});
	if (!response.ok) throw new Error(`signing out answered ${response.status}: ${await response.text()}`);
}

const causes: [string, (token: Captured) => Promise<unknown>][] = [
	['signing out', signOutThere],
	[
		'being removed',
		({ person, team }) => sql`
			delete from public.memberships where user_id = ${person.userId} and organization_id = ${team.id}`
	],
	['being suspended', ({ person }) => sql`update public.profiles set suspended_at = now() where id = ${person.userId}`],
	[
		'the organization being suspended',
		({ team }) => sql`update public.organizations set suspended_at = now() where id = ${team.id}`
	],
	['a password change elsewhere', ({ person }) => changePassword(person)],
	[
		'thirty days',
		({ person }) => sql`
			update auth.sessions set created_at = now() - interval '30 days 1 second' where id = ${person.sessionId}`
	]
];

describe('a captured token opens nothing any more', () => {
	test.each(causes)('R1.5 R1.7 after %s: REST, RPC, storage, realtime and functions', async (name, cause) => {
		const token = await captured();
		const { person, topic } = token;
		for (const [door, opens] of Object.entries(doors)) expect(await opens(token), `${door} before`).toBe(true);
		const socket = await join(connect(env, person.accessToken), topic);
		expect(socket.status).toBe('SUBSCRIBED');
		await refusedByFunctions(token);

		await cause(token);
		const since = performance.now();
		const took: string[] = [];
		for (const [door, opens] of Object.entries(doors)) {
			const asked = performance.now();
			expect(await opens(token), `${door} afterwards`).toBe(false);
			took.push(`${door} ${Math.round(performance.now() - asked)} ms`);
		}
		await refusedByFunctions(token);
		await expect.poll(() => socket.log.at(-1), { timeout: 10_000, interval: 20 }).toBe('CLOSED');
		took.push(`socket cut ${Math.round(performance.now() - since)} ms`);
		const again = await join(connect(env, person.accessToken), topic);
		expect(again.status).not.toBe('SUBSCRIBED');
		figures.push(`  after ${name}: refused at the first request (${took.join(', ')})`);
	});
});
