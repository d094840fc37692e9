import type { Client } from './client.ts';
import { inWords, tokenFrom, type Context } from './context.ts';
import type { Broadcast, Message } from './frames.ts';
import { join } from './joins.ts';
import { readPersist } from './keeping.ts';
import { mostBytes } from './limits.ts';
import type { Rights } from './policies.ts';
import { Refusal } from './token.ts';
import type { Channel } from './topics.ts';

/** Answers one message of a client. What it asks of the database is answered later; nothing rejects. */
export function answer(context: Context, client: Client, message: Message): void {
	const { topic, event } = message;
	if (topic === 'phoenix' && event === 'heartbeat') return client.reply(message, 'ok');
	if (event === 'phx_join') return void join(context, client, message);
	const channel = client.channels.get(topic);
	if (event === 'phx_leave') {
		client.joining.delete(topic);
		if (channel) client.remove(channel);
		return client.reply(message, 'ok');
	}
	if (!channel) return client.reply(message, 'error', { reason: 'unmatched topic' });
	if (event === 'access_token') void refresh(context, channel, message.payload.access_token);
	else if (event === 'broadcast') broadcast(context, channel, message);
	else if (event === 'presence') track(context, channel, message);
	else context.rates.messages.add();
}

/** A newer token: verified, and the policies asked again. */
async function refresh(context: Context, channel: Channel, raw: unknown): Promise<void> {
	try {
		const token = tokenFrom(context, raw);
		if (!token || token.raw === channel.token.raw) return;
		channel.token = token;
		if (!channel.private) return;
		const rights = await context.policies(token, channel.name);
		if (channel.token === token) apply(channel, rights);
	} catch (error) {
		if (error instanceof Refusal) channel.client.close(channel, error.message);
		else {
			inWords(error);
			channel.client.interrupt(channel);
		}
	}
}

/**
 * Gives a channel what the policies say now. Whoever loses a right to read that the channel used is closed, as hosted
 * does after a refresh; a lost right to write is only missed by the next thing that is sent.
 */
export function apply(channel: Channel, rights: Rights): void {
	const lost = (kind: 'broadcast' | 'presence') => channel.rights[kind].read && !rights[kind].read;
	if (lost('broadcast') || (channel.presence.enabled && lost('presence')))
		channel.client.close(channel, `You no longer have permission to read from this Channel topic: ${channel.name}`);
	else channel.rights = rights;
}

/**
 * Passes a client's broadcast on, stored first where the client wants it replayed. Without the right to write it is
 * dropped without a word, as hosted.
 */
function broadcast({ topics, rates, limits, keep }: Context, channel: Channel, message: Message): void {
	if (!message.broadcast || !channel.rights.broadcast.write) return;
	rates.messages.add();
	const answer: Client['reply'] = (...words) => {
		if (channel.ack) channel.client.reply(...words);
	};
	const send = (broadcast: Broadcast) => {
		topics.send(channel.name, channel.private, broadcast, channel.self ? undefined : channel);
		answer(message, 'ok');
	};
	const refuse = (error: unknown) => answer(message, 'error', { error: inWords(error) });
	if (message.broadcast.payload.length > mostBytes(limits)) return answer(message, 'error', 'payload_size_exceeded');
	let seconds: number | null;
	try {
		seconds = readPersist(message.meta?.persist, channel.private);
	} catch (error) {
		return refuse(error);
	}
	if (seconds === null) send(message.broadcast);
	else keep(channel.name, message.broadcast, seconds).then(send).catch(refuse);
}

function track({ presence, limits }: Context, channel: Channel, message: Message): void {
	const { client } = channel;
	const { event, payload: details = {} } = message.payload;
	if (typeof event !== 'string') return client.reply(message, 'ok');
	if (!mayCall(channel, limits)) return client.close(channel, 'Client presence rate limit exceeded');
	const kind = event.toLowerCase();
	if (kind === 'untrack') presence.untrack(channel);
	else if (kind !== 'track' || !channel.rights.presence.write) return client.reply(message, 'error');
	else if (typeof details !== 'object' || details === null || Array.isArray(details))
		return client.reply(message, 'error', { reason: 'Presence track payload must be a map' });
	else if (Object.keys(details).length > limits.presenceKeys)
		return client.reply(message, 'error', { reason: 'Presence track payload has too many keys' });
	else if (Buffer.byteLength(JSON.stringify(details)) > mostBytes(limits))
		return client.close(channel, 'Track message size exceeded');
	else if (!presence.track(channel, { ...details })) return;
	client.reply(message, 'ok');
}

/** Counts what one client says of its presence; false when it is too much for its window. */
function mayCall({ presence }: Channel, { presenceCalls, presenceWindow }: Context['limits']): boolean {
	const now = Date.now();
	if (now > presence.until) {
		presence.until = now + presenceWindow;
		presence.calls = 0;
	}
	presence.calls += 1;
	return presence.calls <= presenceCalls;
}
