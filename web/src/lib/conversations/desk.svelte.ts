/* eslint-disable svelte/prefer-svelte-reactivity -- what is not $state here is bookkeeping that no page shows */
import { createContext } from 'svelte';
import { PUBLIC_SUPABASE_PUBLISHABLE_KEY, PUBLIC_SUPABASE_URL } from '$app/env/public';
import type { Conversation, Message, OwnedNumber } from '#core/conversations.ts';
import type { Note } from '#core/notes.ts';
import { coalesce } from '#lib/realtime/coalesce.ts';
import * as reads from '#lib/realtime/reads.ts';
import { Rest, type Project } from '#lib/realtime/rest.ts';
import { SessionToken } from '#lib/realtime/session-token.ts';
import { Live, type Source } from '#lib/realtime/live.svelte.ts';
import { Attachments } from './attachments.svelte.ts';
import { Chips } from './chips.svelte.ts';
import { DraftNews } from './draft-news.ts';
import { Drafts } from './drafts.svelte.ts';
import { Inbox } from './inbox.svelte.ts';
import { Keeping, openStorage } from './keeping.ts';
import type { FindLinks } from './links.ts';
import { Notes } from './notes.svelte.ts';
import type { Collision, Opened, Opening } from './opening.ts';
import { Outbox } from './outbox.svelte.ts';
import { Presence } from './presence.svelte.ts';
import { Prices } from './prices.svelte.ts';
import { ReadMarks } from './read-marks.ts';
import { postDeed, postRead, sendTo } from './sending.ts';
import { Team } from './team.svelte.ts';
import { Thread } from './thread.svelte.ts';
import { Visit } from './visit.ts';
import { Work } from './work.svelte.ts';
import type { Tray } from './tray.svelte.ts';

/** A place in the person's inbox, from opening it until leaving it: all state that its planes share. */
export class Desk {
	readonly me: Opening['me'];
	readonly numbers: readonly OwnedNumber[];
	/** Everybody in the organization. */
	readonly team: Team;
	/** What texts cost. */
	readonly prices: Prices;
	readonly inbox: Inbox;
	readonly outbox: Outbox;
	readonly drafts: Drafts;
	readonly live: Live;
	/** The files of the texts that are on the screen. */
	readonly attachments: Attachments;
	/** The files that lie beside what is being written, by conversation. */
	readonly trays = new Map<string, Tray>();
	/** Where files are put up, and as whom. */
	readonly project: Project;
	readonly token: SessionToken;
	/** What colleagues write and where: shown on the list's rows. */
	readonly chips = new Chips();
	/** Who is here and who types: `desk.presence.wrote(conversation, text)` with every change of a text. */
	readonly presence: Presence;
	/** What finds web addresses in texts, once a text may hold one. */
	findLinks = $state.raw<FindLinks | null>(null);
	/** What is done with conversations. */
	readonly work: Work;
	/** Where the person is. Changes once, when the browser knows better than the server did. */
	zone = $state('UTC');
	/** Now, to the half minute: enough for what is written of days. ms since 1970. */
	now = $state(0);
	collision = $state.raw<Collision | null>(null);
	#rest: Rest;
	#listeners = new Set<(rows: readonly Conversation[]) => void>();
	#pageOf: Opening['pageOf'];
	#readMarks: ReadMarks;
	#thread: { id: string; thread: Thread } | null = null;
	#visit: Visit;
	#draftNews: DraftNews;

	constructor(opening: Opening) {
		const { me, conversations, more, filter, counts } = opening;
		const fetch: typeof globalThis.fetch = (...request) => globalThis.fetch(...request);
		this.#visit = new Visit({
			...opening,
			onawake: () => {
				this.token.resume();
				this.live.resume();
				this.outbox.flush();
			}
		});
		const token = new SessionToken({ fetch, onended: (expired) => this.#visit.over(expired) });
		const project = { url: PUBLIC_SUPABASE_URL, key: PUBLIC_SUPABASE_PUBLISHABLE_KEY };
		const rest = new Rest({ project, token, fetch });
		const keeping = new Keeping(openStorage(), me.user_id);
		this.me = me;
		this.numbers = opening.numbers;
		this.zone = opening.zone;
		this.now = opening.renderedAt;
		this.team = new Team(me.user_id, opening.members);
		this.prices = new Prices(rest);
		this.#pageOf = opening.pageOf;
		this.#readMarks = new ReadMarks((id, seq) => postRead(fetch, opening.pageOf(id), seq));
		this.#rest = rest;
		this.project = project;
		this.token = token;
		this.attachments = new Attachments({ ofMessages: (ids) => reads.attachmentsOf(rest, ids) });
		this.live = new Live({ project, token, renderedAt: opening.renderedAt, userId: me.user_id });
		this.presence = new Presence({
			myId: me.user_id,
			chips: this.chips,
			knows: (id) => this.team.has(id),
			say: (...said) => this.live.say(...said)
		});
		this.drafts = new Drafts(keeping, async (id, body, basedOn, files) => {
			const fields = {
				body,
				based_on: basedOn === null ? '' : String(basedOn),
				...(files && { attachment_ids: files.join(',') })
			};
			const said = await postDeed<{ revision: number }>(fetch, opening.pageOf(id), 'draft', fields);
			return said.answer?.revision ?? null;
		});
		this.#draftNews = new DraftNews({ me, rest, drafts: this.drafts, chips: this.chips });
		this.inbox = new Inbox({
			me: me.user_id,
			conversations,
			more,
			filter,
			counts,
			reads: {
				since: (moment) => this.#saw(reads.conversationsSince(rest, me.organization.id, moment)),
				byId: (ids) => this.#saw(reads.conversationsById(rest, ids)),
				before: (place, shown) =>
					reads.conversationsBefore(rest, { organizationId: me.organization.id, me: me.user_id, filter: shown }, place),
				counts: () => reads.inboxCounts(rest, me.organization.id)
			}
		});
		this.work = new Work({
			inbox: this.inbox,
			url: opening.inbox,
			labels: opening.labels,
			readLabels: () => reads.labels(rest, me.organization.id),
			signIn: opening.askPassword
		});
		const send = sendTo(fetch, opening.pageOf);
		this.outbox = new Outbox({
			send: async (text) => {
				const { resumed } = token;
				const outcome = await send(text);
				// refused under the session before: it goes again under this one
				return outcome.kind === 'ended' && resumed !== token.resumed ? { kind: 'unreachable' } : outcome;
			},
			keeping,
			onaccepted: (message) => this.#learn(message.conversation_id, [message]),
			oncollision: (text, answers) => {
				this.#learn(text.conversationId, answers);
				this.drafts.giveBack(text.conversationId, text.body, text.attachmentIds);
				this.collision = { text, answers };
			},
			onended: (expired) => this.#visit.over(expired, true)
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
		const clock = setInterval(() => {
			this.now = Date.now();
			this.inbox.arrange();
		}, 30_000);
		this.drafts.restore();
		this.work.start();
		const stops = [this.live.start(), this.outbox.start(), this.live.follow(this.#list()), this.#visit.start()];
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
			hint: async ({ event, payload }) => {
				if (event === 'typing') this.presence.hear(payload);
				else if (event === 'message' && thread.isNews(payload.revision)) await thread.heal();
			},
			here: (userIds) => this.presence.meet(userIds),
			heal: async () => {
				await thread.heal();
				this.attachments.heal();
			}
		});
		return () => {
			unfollow();
			this.presence.meet([]);
			if (this.#thread?.thread === thread) this.#thread = null;
		};
	}

	/** The files of a conversation, newest first, from before one (an id) downwards. */
	readonly filesOf = (conversationId: string, before: string | null) =>
		reads.filesOf(this.#rest, conversationId, before);

	/** What has become of a file of one's own. */
	readonly lookAtAttachment = (id: string) => reads.attachmentById(this.#rest, id);

	/** A thread that reads the rest of itself from the database. */
	thread(opening: Opened): Thread {
		const { id, last_read_seq, last_seq, revision, unread_count } = opening.conversation;
		return new Thread({
			...opening,
			revision,
			lastSeq: last_seq,
			lastReadSeq: last_read_seq,
			unreadCount: unread_count,
			reads: {
				after: (revision) => reads.messagesAfter(this.#rest, id, revision),
				before: (seq) => reads.messagesBefore(this.#rest, id, seq),
				from: (seq) => reads.messagesFrom(this.#rest, id, seq),
				pageSize: reads.messagesPerPage
			}
		});
	}

	/** The internal notes of a conversation that is opened; `live.follow(notes.source)` keeps them fresh. */
	notes(conversationId: string, opened: { notes: readonly Note[]; more: boolean }): Notes {
		return new Notes({
			...opened,
			conversationId,
			reads: {
				after: (revision) => reads.notesAfter(this.#rest, conversationId, revision),
				between: (from, to) => reads.notesBetween(this.#rest, conversationId, from, to)
			}
		});
	}

	/** Tells of rows of the list as they are read, until the answered function is called. */
	onrows(listener: (rows: readonly Conversation[]) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	async #saw(read: Promise<Conversation[]>): Promise<Conversation[]> {
		const rows = await read;
		for (const listener of this.#listeners) listener(rows);
		return rows;
	}

	/** Reads for what is loaded when somebody uses it. */
	get rest(): Rest {
		return this.#rest;
	}

	/** The address of a conversation's page. */
	pageOf(conversationId: string): string {
		return this.#pageOf(conversationId);
	}

	/** Fetches what finds web addresses. Without it they are plain words until the next text wants it. */
	async wantLinks(): Promise<void> {
		const links = await import('./links.ts').catch(() => null);
		if (links) this.findLinks = links.findLinks;
	}

	/** Remembers that everything up to `seq` was seen, here at once, in the database as soon as it can be reached. */
	async markRead(conversationId: string, seq: number): Promise<void> {
		this.inbox.markRead(conversationId, seq);
		await this.#readMarks.say(conversationId, seq);
	}

	#list(): Source {
		return {
			topics: [`user:${this.me.user_id}`, ...this.numbers.map(({ id }) => `number:${id}`)],
			// what else happens to the person is said on their topic, too
			hint: async ({ event, payload }) => {
				if (event === 'typing') this.presence.hear(payload);
				if (event === 'conversation' || event === 'read') await this.inbox.hear(payload.id);
				if (event === 'draft') await this.#draftNews.hear(payload);
			},
			heal: coalesce(async () => {
				await this.inbox.heal();
				this.outbox.flush();
				await this.#readMarks.flush();
				await this.#draftNews.heal();
			})
		};
	}

	/**
	 * Takes a text back that has not left; its words and files return to the composer. Null when that worked, else why not.
	 */
	async unsend({ id, conversation_id: conversation, body, attachment_count: count }: Message): Promise<string | null> {
		// once it is taken back nobody knows any more which files were its own
		const files = count === 0 ? [] : await reads.attachmentsOf(this.#rest, [id]).catch(() => []);
		const done = await postDeed<{ message: Message }>(
			(...request) => fetch(...request),
			this.#pageOf(conversation),
			'unsend',
			{ id }
		);
		if (!done.answer) return done.says;
		this.#learn(conversation, [done.answer.message]);
		this.drafts.giveBack(
			conversation,
			body,
			files.map((file) => file.id)
		);
		return null;
	}

	#learn(conversationId: string, messages: Message[]): void {
		if (this.#thread?.id === conversationId) this.#thread.thread.learn(messages);
	}
}

export const [getDesk, setDesk] = createContext<Desk>();
