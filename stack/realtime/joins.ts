import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Client } from './client.ts';
import { inWords, isTopic, tokenFrom, type Context } from './context.ts';
import { writeBroadcast, type Message } from './frames.ts';
import { everything, mayRead } from './policies.ts';
import { broadcastOf, readReplay, type Replay } from './replay.ts';
import { Refusal } from './token.ts';
import type { Channel } from './topics.ts';

const prefix = 'realtime:';

/** Whatever a client leaves out, or sends in another shape, has hosted's default. */
const absent = {
	private: false,
	broadcast: { ack: false, self: false },
	presence: { key: '', enabled: false },
	postgres_changes: []
};
const Broadcast = z.object({
	ack: z.boolean().catch(false),
	self: z.boolean().catch(false),
	replay: z.unknown().optional()
});
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

/** Answers a join. Nothing rejects. */
export async function join(context: Context, client: Client, message: Message): Promise<void> {
	const { topic } = message;
	// left, or joined anew, while the database was asked
	const isOver = () => client.joining.get(topic) !== message;
	client.joining.set(topic, message);
	try {
		limit(context, client, topic);
		const { channel, replay } = await admit(context, client, message);
		if (isOver()) return;
		client.add(channel);
		const older = replay ? await replayed(context, channel, replay) : [];
		if (isOver() || client.channels.get(topic) !== channel) return;
		client.counted = true;
		client.reply(message, 'ok', { postgres_changes: [] });
		for (const row of older) {
			const frame = writeBroadcast(client.version, topic, broadcastOf(row, true));
			if (frame) client.send(frame);
		}
		const held = channel.held ?? [];
		channel.held = null;
		for (const { frame, id } of held) if (!id || !channel.replayed.has(id)) client.send(frame);
		context.presence.sync(channel);
	} catch (error) {
		if (!isOver()) client.reply(message, 'error', { reason: inWords(error) });
		// as hosted: who joins too often loses the socket, and comes back after a pause
		if (error instanceof TooManyJoins) client.cut(1000, error.message);
	} finally {
		if (!isOver()) client.joining.delete(topic);
	}
}

class TooManyJoins extends Refusal {}

/** Holds a join against the project's limits. @throws Refusal in hosted's words */
function limit({ clients, limits, rates }: Context, client: Client, topic: string): void {
	if (!client.counted && [...clients].filter(({ counted }) => counted).length >= limits.connections)
		throw new Refusal('ConnectionRateLimitReached', 'Too many connected users');
	if (rates.joins.reached) throw new TooManyJoins('ClientJoinRateLimitReached', 'Too many joins per second');
	rates.joins.add();
	const topics = new Set([...client.channels.keys(), ...client.joining.keys(), topic]);
	if (topics.size > limits.channelsPerConnection) throw new Refusal('ChannelRateLimitReached', 'Too many channels');
}

/** Who asks to join, and whether the policies let them. @throws Refusal; whatever the database throws */
async function admit(
	context: Context,
	client: Client,
	{ topic, joinRef, payload }: Message
): Promise<{ channel: Channel; replay: Replay | null }> {
	const name = topic.slice(prefix.length);
	if (!topic.startsWith(prefix) || !isTopic(name))
		throw new Refusal('TopicNameRequired', 'You must provide a topic name');
	const { config, access_token } = Join.parse(payload);
	if (config.postgres_changes.length > 0)
		throw new Refusal('PostgresChangesUnavailable', 'Send from the database with realtime.send() instead');
	const token = tokenFrom(context, access_token) ?? client.key;
	const rights = config.private ? await context.policies(token, name) : everything;
	const { ack, self, replay: wish } = config.broadcast;
	const { key, enabled } = config.presence;
	if (!mayRead(rights, enabled) || (wish !== undefined && !rights.broadcast.read))
		throw new Refusal('Unauthorized', `You do not have permissions to read from this Channel topic: ${name}`);
	const replay = readReplay(wish, config.private);
	const presence = { key: key || randomUUID(), enabled, calls: 0, until: 0 };
	const wire = { client, topic, name, joinRef, private: config.private, ack, self };
	return {
		channel: { ...wire, presence, token, rights, held: replay ? [] : null, replayed: new Set() },
		replay
	};
}

/** Older messages for a channel that listens already, so that nothing falls between. @throws Refusal */
async function replayed({ replays }: Context, channel: Channel, replay: Replay) {
	try {
		const rows = await replays(channel.name, replay);
		channel.replayed = new Set(rows.map(({ id }) => id));
		return rows;
	} catch (error) {
		channel.client.remove(channel);
		console.error('Messages could not be replayed:', error instanceof Error ? error.message : error);
		throw new Refusal('UnableToReplayMessages', 'Realtime was unable to replay messages');
	}
}
