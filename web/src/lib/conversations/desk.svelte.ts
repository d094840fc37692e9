/* eslint-disable svelte/prefer-svelte-reactivity -- what is not $state here is bookkeeping that no page shows */
import { createContext } from 'svelte';
import { PUBLIC_SUPABASE_PUBLISHABLE_KEY, PUBLIC_SUPABASE_URL } from '$app/env/public';
import type { Conversation, Member, Message, OwnedNumber } from '#core/conversations.ts';
import { coalesce } from '#lib/realtime/coalesce.ts';
import * as reads from '#lib/realtime/reads.ts';
import { Rest } from '#lib/realtime/rest.ts';
import { SessionToken } from '#lib/realtime/session-token.ts';
import { Live, type Source } from '#lib/realtime/live.svelte.ts';
import { Drafts } from './drafts.svelte.ts';
import type { Pending } from './entries.ts';
import { Inbox } from './inbox.svelte.ts';
import { Keeping, openStorage } from './keeping.ts';
import { Outbox } from './outbox.svelte.ts';
import { postRead, sendTo } from './sending.ts';
import { Thread } from './thread.svelte.ts';

type Opening = {
	me: { user_id: string; organization: { id: string; role: Member['role'] } };
	conversations: readonly Conversation[];
	more: boolean;
	numbers: readonly OwnedNumber[];
	members: readonly Member[];
	/** ms since 1970 */
	renderedAt: number;
	/** The time zone that the server rendered in. */
	zone: string;
	/** The address of a conversation's page. */
	pageOf: (conversationId: string) => string;
	/** Somebody ended the session: leave for the sign-in page. */
	onended: () => void;
	/** Only time ended it: ask for the password over the page. True once the person is signed in again. */
	askPassword: () => Promise<boolean>;
};

export type Collision = { text: Pending; answers: Message[] };

/** A place in the person's inbox, from opening it until leaving it: all state that its planes share. */
export class Desk {
	readonly me: Opening['me'];
	readonly numbers: readonly OwnedNumber[];
	readonly inbox: Inbox;
	readonly outbox: Outbox;
	readonly drafts: Drafts;
	readonly live: Live;
	/** Where the person is. Changes once, when the browser knows better than the server did. */
	zone = $state('UTC');
	/** Now, to the half minute: enough for what is written of days. ms since 1970. */
	now = $state(0);
	collision = $state.raw<Collision | null>(null);
	#members = $state.raw<ReadonlyMap<string, Member>>(new Map());
	#rest: Rest;
	#pageOf: Opening['pageOf'];
	/** How far conversations were read that the database has not confirmed yet. */
	#unsaid = new Map<string, number>();
	#thread: { id: string; thread: Thread } | null = null;
	#tabs: BroadcastChannel | null = null;
	#ended = false;
	#onended: Opening['onended'];
	#askPassword: Opening['askPassword'];
	/** The session has expired and nobody signed in again yet. */
	#asleep = false;

	constructor(opening: Opening) {
		const { me, conversations, more } = opening;
		const fetch: typeof globalThis.fetch = (...request) => globalThis.fetch(...request);
		const token = new SessionToken({ fetch, onended: (expired) => this.#over(expired) });
		const project = { url: PUBLIC_SUPABASE_URL, key: PUBLIC_SUPABASE_PUBLISHABLE_KEY };
		const rest = new Rest({ project, token, fetch });
		const keeping = new Keeping(openStorage(), me.user_id);
		this.me = me;
		this.numbers = opening.numbers;
		this.zone = opening.zone;
		this.now = opening.renderedAt;
		this.meet(opening.members);
		this.#pageOf = opening.pageOf;
		this.#onended = opening.onended;
		this.#askPassword = opening.askPassword;
		this.#rest = rest;
		this.live = new Live({ project, token, renderedAt: opening.renderedAt });
		this.drafts = new Drafts(keeping);
		this.inbox = new Inbox({
			conversations,
			more,
			reads: {
				since: (moment) => reads.conversationsSince(rest, me.organization.id, moment),
				byId: (ids) => reads.conversationsById(rest, ids),
				before: (place) => reads.conversationsBefore(rest, me.organization.id, place)
			}
		});
		this.outbox = new Outbox({
			send: sendTo(fetch, opening.pageOf),
			keeping,
			onaccepted: (message) => this.#learn(message.conversation_id, [message]),
			oncollision: (text, answers) => {
				this.#learn(text.conversationId, answers);
				this.drafts.giveBack(text.conversationId, text.body);
				this.collision = { text, answers };
			},
			onended: (expired) => this.#over(expired, true)
		});
	}

	/** Comes alive in the browser. Returns how to stop. */
	start(): () => void {
		const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
		if (zone && zone !== this.zone) {
			document.cookie = `time_zone=${zone}; path=/; max-age=31536000; samesite=lax`;
			this.zone = zone;
		}
		this.now = Date.now();
		const clock = setInterval(() => (this.now = Date.now()), 30_000);
		this.drafts.restore();
		const stops = [this.live.start(), this.outbox.start(), this.live.follow(this.#list()), this.#hearOtherTabs()];
		return () => {
			clearInterval(clock);
			for (const stop of stops) stop();
		};
	}

	/** Opens a conversation's thread and keeps it fresh until the answered function is called. */
	follow(id: string, thread: Thread): () => void {
		this.#thread = { id, thread };
		const unfollow = this.live.follow({
			topics: [`conversation:${id}`],
			hint: async ({ payload }) => {
				if (thread.isNews(payload.revision)) await thread.heal();
			},
			heal: thread.heal
		});
		return () => {
			unfollow();
			if (this.#thread?.thread === thread) this.#thread = null;
		};
	}

	/** A thread that reads the rest of itself from the database. */
	thread(opening: { conversation: Conversation; messages: readonly Message[]; more: boolean }): Thread {
		const { id, last_read_seq: lastReadSeq } = opening.conversation;
		return new Thread({
			messages: opening.messages,
			more: opening.more,
			lastReadSeq,
			reads: {
				after: (revision) => reads.messagesAfter(this.#rest, id, revision),
				before: (seq) => reads.messagesBefore(this.#rest, id, seq)
			}
		});
	}

	/** Learns who belongs to the organization now. */
	meet(members: readonly Member[]): void {
		this.#members = new Map(members.map((member) => [member.user_id, member]));
	}

	/** The first name a colleague goes by; "You" for oneself, "API" for a text no person wrote. */
	nameOf(userId: string | null): string {
		if (userId === this.me.user_id) return 'You';
		if (userId === null) return 'API';
		const member = this.#members.get(userId);
		return member ? (member.full_name?.trim().split(/\s+/)[0] ?? member.username) : 'A former colleague';
	}

	/** Remembers that everything up to `seq` was seen, here at once, in the database as soon as it can be reached. */
	async markRead(conversationId: string, seq: number): Promise<void> {
		this.inbox.markRead(conversationId, seq);
		this.#unsaid.set(conversationId, seq);
		await this.#sayRead();
	}

	#sayRead = coalesce(async () => {
		for (const [id, seq] of this.#unsaid) {
			const said = await postRead((...request) => fetch(...request), this.#pageOf(id), seq);
			if (said && this.#unsaid.get(id) === seq) this.#unsaid.delete(id);
		}
	});

	#list(): Source {
		return {
			topics: [`user:${this.me.user_id}`, ...this.numbers.map(({ id }) => `number:${id}`)],
			// what else happens to the person is said on their topic, too
			hint: async ({ event, payload }) => {
				if (event === 'conversation' || event === 'read') await this.inbox.hear(payload.id);
			},
			heal: async () => {
				await this.inbox.heal();
				this.outbox.flush();
				await this.#sayRead();
			}
		};
	}

	#learn(conversationId: string, messages: Message[]): void {
		if (this.#thread?.id === conversationId) this.#thread.thread.learn(messages);
	}

	/** `wanted`: the person wants to send something. Otherwise they are asked once, and then left to read. */
	#over(expired: boolean, wanted = false): void {
		if (!expired) return this.#end();
		if (this.#asleep && !wanted) return;
		this.#asleep = true;
		this.#askPassword().then(
			(signedIn) => signedIn && this.#awake(),
			// the dialog did not load: there is no connection, and the next try asks again
			() => (this.#asleep = false)
		);
	}

	#awake(): void {
		if (!this.#asleep) return;
		this.#asleep = false;
		this.live.resume();
		this.outbox.flush();
	}

	/** A session that ends in one tab ends in all, and one that is renewed in one goes on in all. */
	#hearOtherTabs(): () => void {
		this.#tabs = new BroadcastChannel('session');
		this.#tabs.onmessage = ({ data }) => (data === 'renewed' ? this.#awake() : this.#end());
		return () => this.#tabs?.close();
	}

	#end(): void {
		if (this.#ended) return;
		this.#ended = true;
		this.#tabs?.postMessage('ended');
		this.#onended();
	}
}

export const [getDesk, setDesk] = createContext<Desk>();
