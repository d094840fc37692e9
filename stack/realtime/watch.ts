import type { Sql } from 'postgres';
import type { Client } from './client.ts';
import { apply } from './requests.ts';
import type { Policies } from './policies.ts';
import { expiry } from './token.ts';
import type { Channel } from './topics.ts';

/** Hosted forgets a socket that says nothing for a minute; realtime-js beats every 25 s. */
const silence = 60_000;
/** Pauses between rounds, ms. Whoever lost a right or a session is out within 5 s of it. */
const everySecond = 1000;
const sessionsEvery = 2000;
const rightsEvery = 3000;

/** Ends a session's channels, and the sockets that had no others. */
export function endSession(clients: Iterable<Client>, sessionId: string): void {
	for (const client of clients) {
		const before = client.channels.size;
		for (const channel of client.channels.values())
			if (channel.token.claims.session_id === sessionId) client.close(channel, 'The session has ended');
		const emptied = before > 0 && client.channels.size === 0;
		if (emptied || client.key.claims.session_id === sessionId) client.cut(1008, 'session ended');
	}
}

/**
 * Watches what no message tells: expired tokens and silent sockets, sessions that are gone or past their limit,
 * and rights that were taken away. Three timers for all sockets, one query per round for all sessions.
 * @returns a function that stops it
 */
export function watch(clients: Set<Client>, sql: Sql, policies: Policies): () => void {
	const timers = [
		every(everySecond, () => dismissExpired(clients)),
		every(sessionsEvery, () => checkSessions(clients, sql)),
		every(rightsEvery, () => checkRights(clients, policies))
	];
	return () => timers.forEach(clearInterval);
}

/** Runs `work` in rounds that never overlap. A failed round is logged; the next one comes. */
function every(milliseconds: number, work: () => unknown): NodeJS.Timeout {
	let running = false;
	return setInterval(async () => {
		if (running) return;
		running = true;
		try {
			await work();
		} catch (error) {
			console.error('A round of checks failed:', error instanceof Error ? error.message : error);
		} finally {
			running = false;
		}
	}, milliseconds);
}

function dismissExpired(clients: Set<Client>): void {
	const now = Date.now();
	for (const client of clients) {
		if (now - client.heardAt > silence) client.cut(1000, 'silent');
		for (const channel of client.channels.values()) {
			const expired = expiry(channel.token, now / 1000);
			if (expired) client.close(channel, expired.message);
		}
	}
}

async function checkSessions(clients: Set<Client>, sql: Sql): Promise<void> {
	const ids = new Set<string>();
	for (const client of clients)
		for (const { claims } of [client.key, ...[...client.channels.values()].map((channel) => channel.token)])
			if (claims.session_id) ids.add(claims.session_id);
	if (ids.size === 0) return;
	const alive = await sql<{ id: string }[]>`
		select id::text from auth.sessions
		where id::text = any (${[...ids]}) and (not_after is null or not_after > now())`;
	for (const { id } of alive) ids.delete(id);
	for (const id of ids) endSession(clients, id);
}

/** Asks once for all channels of the same token and topic. */
async function checkRights(clients: Set<Client>, policies: Policies): Promise<void> {
	const asked = [...clients].flatMap((client) => [...client.channels.values()]).filter((channel) => channel.private);
	const alike = Map.groupBy(asked, ({ token, name }) => `${token.json} ${name}`);
	await Promise.all(
		[...alike.values()].map(async (channels) => {
			const [{ token, name }] = channels as [Channel];
			const rights = await policies(token, name);
			for (const channel of channels) if (channel.token.json === token.json) apply(channel, rights);
		})
	);
}
