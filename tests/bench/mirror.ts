import { RealtimeClient } from '@supabase/realtime-js';
import { mergeMessages } from '#lib/conversations/merge-messages.ts';
import { coalesce } from '#lib/realtime/coalesce.ts';
import { messagesAfter } from '#lib/realtime/reads.ts';
import { Rest } from '#lib/realtime/rest.ts';
import type { SessionToken } from '#lib/realtime/session-token.ts';
import type { Message } from '#core/conversations.ts';
import type { Person } from '../support/people.ts';
import type { Stack } from '../support/stack.ts';

export type Mirror = {
	/** The conversation as this client knows it. */
	messages: () => readonly Message[];
	hints: () => number;
	reads: () => number;
	close: () => Promise<unknown>;
};

/** A client that keeps a conversation as the app does: a hint on its topic, then a read of what is later by revision. */
export async function mirror(env: Stack['env'], person: Person, conversationId: string): Promise<Mirror> {
	const token = { get: () => Promise.resolve(person.accessToken) } as SessionToken;
	const project = { url: env.SUPABASE_URL, key: env.SUPABASE_PUBLISHABLE_KEY };
	const rest = new Rest({ project, token, fetch });
	let messages: readonly Message[] = [];
	let [hints, reads, revision] = [0, 0, 0];
	const heal = coalesce(async () => {
		reads += 1;
		const changed = await messagesAfter(rest, conversationId, revision);
		revision = Math.max(revision, ...changed.map((message) => message.revision));
		messages = mergeMessages(messages, changed, { from: 0, to: Infinity });
	});
	// as the app: an answer that does not come is asked for again with the next hint
	const learn = () => void heal().catch(() => undefined);

	const client = new RealtimeClient(`${env.SUPABASE_URL.replace('http', 'ws')}/realtime/v1`, {
		params: { apikey: env.SUPABASE_PUBLISHABLE_KEY },
		accessToken: () => Promise.resolve(person.accessToken),
		vsn: '2.0.0'
	});
	// without it the first join carries no token
	await client.setAuth();
	const channel = client.channel(`conversation:${conversationId}`, { config: { private: true } });
	channel.on('broadcast', { event: 'message' }, ({ payload }: { payload?: { revision?: number } }) => {
		hints += 1;
		if ((payload?.revision ?? Infinity) > revision) learn();
	});
	await new Promise<void>((resolve, reject) =>
		channel.subscribe((status, error) => {
			if (status === 'SUBSCRIBED') learn();
			if (status === 'SUBSCRIBED') resolve();
			else reject(error ?? new Error(`the conversation was not joined: ${status}`));
		})
	);
	return { messages: () => messages, hints: () => hints, reads: () => reads, close: () => client.disconnect() };
}
