import { tagOf } from '#core/background-words.ts';
import type { Conversation } from '#core/conversations.ts';
import type { Notification } from '#core/notifications.ts';
import { displayPhone } from '#core/phone-display.ts';
import * as device from './device.ts';
import { Tabs } from './tabs.ts';
import { playTone, prepareTone } from './tone.ts';

type Settings = {
	userId: string;
	/** Known from the beginning: no news. */
	conversations: readonly Conversation[];
	notifications: readonly Notification[];
	/** The conversation that is open in this tab. */
	openId: () => string | undefined;
	pageOf: (conversationId: string) => string;
	verificationPageOf: (verificationId: string) => string;
	nameOf: (userId: string | null) => string;
	/** A text came while nobody looked, and the browser was never asked whether it may show that. */
	onmissed: () => void;
};

type Row = Pick<
	Conversation,
	| 'id'
	| 'last_seq'
	| 'last_message_direction'
	| 'last_message_author_id'
	| 'last_message_body'
	| 'last_message_at'
	| 'last_read_seq'
	| 'phone_number_id'
	| 'unread_count'
	| 'contact_name'
	| 'contact_number'
	| 'title'
>;

/**
 * Tells of what is new, once for all tabs: a tone, and where nobody looks a desktop notification, which is closed again when
 * what it is about was read anywhere.
 */
export class Alerts {
	#settings: Settings;
	#tabs: Tabs;
	#seqs: Map<string, number>;
	#known: Set<string>;
	/** Conversations with something unread. */
	#unread: Set<string>;
	/** Notifications that are unread, and what they are about. */
	#told: Map<string, string>;
	#since = Date.now();
	#stop = new AbortController();

	constructor(settings: Settings) {
		this.#settings = settings;
		this.#seqs = new Map(settings.conversations.map(({ id, last_seq }) => [id, last_seq]));
		this.#known = new Set(settings.notifications.map(({ id }) => id));
		this.#unread = new Set(settings.conversations.filter(isUnread).map(({ id }) => id));
		this.#told = new Map(settings.notifications.map((one) => [one.id, tagOf(one)]));
		this.#tabs = new Tabs(settings.userId, (about) => this.#nearness(about));
		prepareTone(this.#stop.signal);
		// what was read while no page of ours was open
		this.#putAway(settings.conversations.map(({ id }) => id));
	}

	stop(): void {
		this.#stop.abort();
		this.#tabs.close();
	}

	/** Rows of the list as they were just read. */
	see(rows: readonly Row[]): void {
		const read = rows.filter((row) => this.#unread.has(row.id) && !isUnread(row)).map(({ id }) => id);
		for (const row of rows) this.#unread[isUnread(row) ? 'add' : 'delete'](row.id);
		this.#putAway(read);
		for (const row of rows) {
			const before = this.#seqs.get(row.id);
			if (before !== undefined && before >= row.last_seq) continue;
			this.#seqs.set(row.id, row.last_seq);
			// an old conversation that comes into the list by scrolling is no news
			if (before === undefined && Date.parse(row.last_message_at) < this.#since) continue;
			if (!this.#isNews(row)) continue;
			const { prefix, rest } = displayPhone(row.contact_number ?? '');
			const title = row.contact_name ?? row.title ?? `${prefix} ${rest}`.trim();
			void this.#tell(row.id, title, row.last_message_body ?? '');
		}
	}

	/** From outside; in a conversation of a team with itself, from a colleague. */
	#isNews(row: Row): boolean {
		const isTheirs =
			row.phone_number_id !== null
				? row.last_message_direction === 'inbound'
				: row.last_message_author_id !== this.#settings.userId;
		return isTheirs && isUnread(row);
	}

	/** What is unread. Texts are told of by their rows, of conversations that are nobody's as well. */
	hear(unread: readonly Notification[]): void {
		const before = [...this.#told.values()];
		this.#told = new Map(unread.map((one) => [one.id, tagOf(one)]));
		this.#putAway(before);
		for (const notification of unread) {
			if (this.#known.has(notification.id)) continue;
			this.#known.add(notification.id);
			const about = notification.conversation_id ?? notification.verification_id;
			if (notification.kind === 'message' || about === null) continue;
			void this.#tellOf(notification, about);
		}
	}

	async #tellOf(notification: Notification, about: string): Promise<void> {
		const { pageOf, verificationPageOf, nameOf } = this.#settings;
		// its words are fetched with the first that is told; without a connection it is news again with the next
		const words = await import('#core/told.ts').catch(() => this.#known.delete(notification.id) && null);
		if (!words || this.#stop.signal.aborted) return;
		const url = notification.conversation_id === null ? verificationPageOf(about) : pageOf(about);
		await this.#tell(about, words.toldOf(notification, nameOf), notification.body ?? '', url);
	}

	/** Closes what is shown of these, unless something about them is unread. */
	#putAway(about: readonly string[]): void {
		const unread = new Set([...this.#unread, ...this.#told.values()]);
		void device.close(new Set(about.filter((tag) => !unread.has(tag))));
	}

	/** @param about a conversation or a verification */
	async #tell(about: string, title: string, body: string, url = this.#settings.pageOf(about)): Promise<void> {
		if (document.visibilityState === 'hidden' && device.permission() === 'default') this.#settings.onmissed();
		if (!this.#tabs.leads) return;
		const nearness = await this.#tabs.nearnessTo(about);
		if (nearness === 'looking' || this.#stop.signal.aborted) return;
		if (device.isOn('sound')) void playTone();
		if (nearness === 'here' || !device.isOn('desktop')) return;
		await device.show({ title, body, tag: about, url });
	}

	#nearness(conversationId: string): 'looking' | 'here' | 'away' {
		if (document.visibilityState !== 'visible' || !document.hasFocus()) return 'away';
		return this.#settings.openId() === conversationId ? 'looking' : 'here';
	}
}

function isUnread({ phone_number_id, unread_count, last_read_seq, last_seq }: Row): boolean {
	return phone_number_id !== null ? unread_count > 0 : last_read_seq < last_seq;
}
