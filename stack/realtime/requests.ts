import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Client } from './client.ts';
import type { Message } from './frames.ts';
import { everything, mayRead, type Policies, type Rights } from './policies.ts';
import type { Presence } from './presence.ts';
import { Refusal, verifyToken, type Token } from './token.ts';
import type { Channel, Topics } from './topics.ts';

/** What answering a client takes. */
export type Context = { topics: Topics; presence: Presence; policies: Policies; jwtSecret: string };

/** Hosted's limits: channels on one socket, bytes of one broadcast. */
const mostChannels = 100;
const largestPayload = 256 * 1024;

const prefix = 'realtime:';

/** Whatever a client leaves out, or sends in another shape, has hosted's default. */
const absent = {
	private: false,
	broadcast: { ack: false, self: false },
	presence: { key: '', enabled: false },
	postgres_changes: []
};
const Broadcast = z.object({ ack: z.boolean().catch(false), self: z.boolean().catch(false) });
const PresenceConfig = z.object({ key: z.string().catch(''), enabled: z.boolean().catch(false) });
const Join = z.object({
	access_token: z.unknown().optional(),
	config: z
		.object({
			private: z.boolean().catch(absent.private),
			broadcast: Broadcast.catch(absent.broadcast),
			presence: PresenceConfig.catch(absent.presence),
			postgres_changes: z.array(z.unknown()).catch(absent.postgres_changes)
		})
		.catch(absent)
});

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
	if (event === 'broadcast') broadcast(context, channel, message);
	if (event === 'presence') track(context, channel, message);
}

async function join(context: Context, client: Client, message: Message): Promise<void> {
	const { topic } = message;
	client.joining.set(topic, message);
	try {
		const channel = await admit(context, client, message);
		// left, or joined anew, while the policies were asked
		if (client.joining.get(topic) !== message) return;
		client.add(channel);
		client.reply(message, 'ok', { postgres_changes: [] });
		context.presence.sync(channel);
	} catch (error) {
		if (client.joining.get(topic) === message) client.reply(message, 'error', { reason: inWords(error) });
	} finally {
		if (client.joining.get(topic) === message) client.joining.delete(topic);
	}
}

/** Who asks to join, and whether the policies let them. @throws Refusal; whatever the database throws */
async function admit(context: Context, client: Client, { topic, joinRef, payload }: Message): Promise<Channel> {
	const name = topic.slice(prefix.length);
	if (!topic.startsWith(prefix) || !name || !name.isWellFormed() || name.includes('\0'))
		throw new Refusal('TopicNameRequired', 'You must provide a topic name');
	if (client.channels.size + client.joining.size > mostChannels && !client.channels.has(topic))
		throw new Refusal('ChannelRateLimitReached', 'Too many channels');
	const { config, access_token } = Join.parse(payload);
	if (config.postgres_changes.length > 0)
		throw new Refusal('PostgresChangesUnavailable', 'Send from the database with realtime.send() instead');
	const token = tokenFrom(context, access_token) ?? client.key;
	const rights = config.private ? await context.policies(token, name) : everything;
	if (!mayRead(rights)) throw unreadable(name);
	const { key, enabled } = config.presence;
	const presence = { key: key || randomUUID(), enabled };
	return { client, topic, name, joinRef, private: config.private, ...config.broadcast, presence, token, rights };
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

/** Gives a channel what the policies say now. Who may no longer read is closed, as hosted does after a refresh. */
export function apply(channel: Channel, rights: Rights): void {
	const lost = (kind: 'broadcast' | 'presence') => channel.rights[kind].read && !rights[kind].read;
	if (lost('broadcast') || lost('presence'))
		channel.client.close(channel, `You no longer have permission to read from this Channel topic: ${channel.name}`);
	else channel.rights = rights;
}

/** Passes a client's broadcast on. Without the right to write it is dropped without a word, as hosted. */
function broadcast({ topics }: Context, channel: Channel, message: Message): void {
	if (!message.broadcast || !channel.rights.broadcast.write) return;
	const tooLarge = message.broadcast.payload.length > largestPayload;
	if (!tooLarge) topics.send(channel.name, channel.private, message.broadcast, channel.self ? undefined : channel);
	if (!channel.ack) return;
	if (tooLarge) channel.client.reply(message, 'error', { reason: 'payload_size_exceeded' });
	else channel.client.reply(message, 'ok');
}

function track({ presence }: Context, channel: Channel, message: Message): void {
	const { event, payload: details = {} } = message.payload;
	const kind = typeof event === 'string' ? event.toLowerCase() : '';
	if (kind === 'untrack') presence.untrack(channel);
	else if (kind !== 'track' || !channel.rights.presence.write) return channel.client.reply(message, 'error');
	else if (typeof details !== 'object' || details === null || Array.isArray(details))
		return channel.client.reply(message, 'error', { reason: 'Presence track payload must be a map' });
	else presence.track(channel, { ...details });
	channel.client.reply(message, 'ok');
}

/** The token of a join or a refresh; null where the client brings none or only an API key (`sb_…`), as hosted. */
function tokenFrom({ jwtSecret }: Context, raw: unknown): Token | null {
	if (typeof raw !== 'string' || raw === '' || raw.startsWith('sb_')) return null;
	return verifyToken(raw, jwtSecret, Date.now() / 1000);
}

const unreadable = (name: string) =>
	new Refusal('Unauthorized', `You do not have permissions to read from this Channel topic: ${name}`);

/** What a client is told. Anything but a refusal is the database's trouble, and goes into the log. */
function inWords(error: unknown): string {
	if (error instanceof Refusal) return error.reason;
	console.error('The policies could not be asked:', error instanceof Error ? error.message : error);
	return 'UnableToConnectToProject: Realtime was unable to connect to the project database';
}
