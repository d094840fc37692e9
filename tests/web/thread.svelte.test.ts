import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message } from '#core/conversations.ts';
import { Thread } from '#lib/conversations/thread.svelte.ts';
import { conversation, deferred, message } from './conversation-rows.ts';

/** The database's side of one conversation: places and revisions are counted as it counts them. */
class Ledger {
	messages: Message[] = [];
	revision = 0;

	add(direction: 'inbound' | 'outbound', key: string | null = null): Message {
		const seq = this.messages.length + 1;
		const added = message({ seq, direction, idempotency_key: key, revision: ++this.revision });
		this.messages.push(added);
		return added;
	}

	change(at: number): void {
		const before = this.messages[at % this.messages.length];
		if (before) this.messages[before.seq - 1] = { ...before, status: 'delivered', revision: ++this.revision };
	}

	after(revision: number): Message[] {
		return this.messages.filter((one) => one.revision > revision).sort((a, b) => a.revision - b.revision);
	}

	before(seq: number): Message[] {
		return this.messages.filter((one) => one.seq < seq).slice(-pageSize);
	}

	from(seq: number): Message[] {
		return this.messages.filter((one) => one.seq >= seq).slice(0, pageSize);
	}
}

const pageSize = 4;

const none = () => Promise.resolve<Message[]>([]);

/** A browser with this conversation open, at its end or at a place in its past, on a network that answers when told to. */
function opened(ledger: Ledger, target: number | null = null) {
	const answers: (() => void)[] = [];
	// the database answers with what it holds when it is asked, the network hands it over whenever it likes, or never
	const later = (rows: Message[]) => {
		const { promise, resolve, reject } = deferred<Message[]>();
		answers.push(() => (answering ? resolve(rows) : reject(new Error('no network'))));
		return promise;
	};
	let answering = true;
	const messages = target === null ? ledger.before(Infinity) : [...ledger.before(target), ...ledger.from(target)];
	const thread = new Thread({
		messages,
		more: (messages[0]?.seq ?? 1) > 1,
		newer: (messages.at(-1)?.seq ?? 0) < ledger.messages.length,
		lastSeq: ledger.messages.length,
		revision: ledger.revision,
		lastReadSeq: conversation({}).last_read_seq,
		reads: {
			after: (revision) => later(ledger.after(revision)),
			before: (seq) => later(ledger.before(seq)),
			from: (seq) => later(ledger.from(seq)),
			pageSize
		}
	});
	const seen = new Map<string, number>();
	return {
		thread,
		answers,
		/** What is on the page is in order, each once, and no text is ever set back. */
		look() {
			const seqs = thread.messages.map(({ seq }) => seq);
			expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
			for (const { id, revision } of thread.messages) {
				expect(revision).toBeGreaterThanOrEqual(seen.get(id) ?? 0);
				seen.set(id, revision);
			}
		},
		fail(at: number) {
			answering = false;
			answers.splice(at % (answers.length || 1), 1)[0]?.();
			answering = true;
		}
	};
}

async function settle(answers: (() => void)[]): Promise<void> {
	for (let quiet = 0; quiet < 3; quiet += 1) {
		for (const answer of answers.splice(0)) answer();
		// nothing here waits for anything but promises
		for (let turn = 0; turn < 12; turn += 1) await Promise.resolve();
	}
}

const kinds = ['hint', 'older', 'later', 'latest', 'answer', 'fail', 'again'] as const;
const step = fc.oneof(
	fc.constant({ kind: 'arrive' as const, at: 0, who: 0 }),
	fc.record({ kind: fc.constantFrom('receipt' as const, 'send' as const), at: fc.nat(60), who: fc.nat(2) }),
	fc.record({ kind: fc.constantFrom(...kinds), at: fc.nat(60), who: fc.nat(2) }),
	fc.record({ kind: fc.constantFrom('jump' as const, 'answer' as const), at: fc.nat(60), who: fc.nat(2) })
);

test('R3.4 R3.6 R2.6 whatever the order of texts, receipts, hints, lost and late answers, jumps and reconnects, all browsers end with the same texts, each once, in its place, as it last was', async () => {
	await fc.assert(
		fc.asyncProperty(
			fc.nat(30),
			fc.option(fc.integer({ min: 1, max: 30 })),
			fc.array(step, { maxLength: 90 }),
			async (before, target, steps) => {
				const ledger = new Ledger();
				for (let i = 0; i < before; i += 1) ledger.add('inbound');
				const browsers = [opened(ledger), opened(ledger, target), opened(ledger)];
				const own: Message[] = [];
				for (const { kind, at, who } of steps) {
					const browser = browsers[who]!;
					const { thread, answers } = browser;
					const ignored = () => undefined;
					if (kind === 'arrive') ledger.add('inbound');
					else if (kind === 'receipt') ledger.change(at);
					else if (kind === 'send') {
						const sent = ledger.add('outbound', `key-${ledger.messages.length}`);
						own.push(sent);
						// the author's own browser may have the answer at once
						if (at % 2) thread.learn([sent]);
					} else if (kind === 'hint') thread.heal().catch(ignored);
					else if (kind === 'older') thread.older().catch(ignored);
					else if (kind === 'later') thread.later().catch(ignored);
					else if (kind === 'latest') thread.toLatest().catch(ignored);
					else if (kind === 'jump') thread.around(1 + (at % (ledger.messages.length + 1))).catch(ignored);
					else if (kind === 'answer') answers.splice(at % (answers.length || 1), 1)[0]?.();
					else if (kind === 'fail') browser.fail(at);
					// an answer to a send, late, early, or for the second time
					else thread.learn(own.slice(at % (own.length || 1)));
					await Promise.resolve();
					browser.look();
				}
				for (const { thread, answers, look } of browsers) {
					await settle(answers);
					void thread.heal();
					await settle(answers);
					look();
					const place = thread.messages[0]?.seq ?? 1;
					expect(thread.messages).toEqual(ledger.messages.slice(place - 1, place - 1 + thread.messages.length));
					if (!thread.newer) expect(thread.messages.at(-1)).toEqual(ledger.messages.at(-1));
					for (let page = 0; page < 100 && (thread.more || thread.newer); page += 1) {
						void thread.older();
						void thread.later();
						await settle(answers);
					}
					expect(thread.messages).toEqual(ledger.messages);
					expect(thread.lastSeq).toBe(ledger.messages.length);
				}
			}
		),
		{ numRuns: 300 }
	);
});

test('R3.6 a receipt that overtakes the page it belongs to is not undone by it', async () => {
	const ledger = new Ledger();
	for (let i = 0; i < 6; i += 1) ledger.add('outbound');
	const { thread, answers } = opened(ledger);
	const older = thread.older();
	ledger.change(0);
	const healed = thread.heal();
	answers.pop()?.();
	await healed;
	await settle(answers);
	await older;
	expect(thread.messages.map(({ status }) => status)).toEqual(ledger.messages.map(({ status }) => status));
});

test('what was unread when a thread is opened stays marked while more arrives and is read', () => {
	const thread = new Thread({
		messages: [1, 2, 3].map((seq) => message({ seq })),
		more: false,
		lastReadSeq: 1,
		reads: { after: none, before: none, from: none, pageSize }
	});
	expect(thread.unread).toEqual({ from: 2, to: 3, count: 2 });
	thread.learn([message({ seq: 4 })]);
	expect(thread.unread).toEqual({ from: 2, to: 3, count: 2 });
	thread.divide(3);
	expect(thread.unread).toEqual({ from: 2, to: 4, count: 3 });
});

test('a read that failed is made good by the next one', async () => {
	let broken = true;
	const thread = new Thread({
		messages: [message({ seq: 1 })],
		more: false,
		lastReadSeq: 1,
		reads: {
			after: () => (broken ? Promise.reject(new Error('no network')) : Promise.resolve([message({ seq: 2 })])),
			before: none,
			from: none,
			pageSize
		}
	});
	await expect(thread.heal()).rejects.toThrow('no network');
	broken = false;
	await thread.heal();
	expect(thread.messages.map(({ seq }) => seq)).toEqual([1, 2]);
});

test('R3.6 what is far from where somebody reads is let go, and a text that is sent from there answers the last one seen', async () => {
	const ledger = new Ledger();
	for (let i = 0; i < 3000; i += 1) ledger.add('inbound');
	const thread = new Thread({
		messages: ledger.messages.slice(-4),
		more: true,
		lastReadSeq: 3000,
		reads: {
			after: async (revision) => ledger.after(revision),
			before: async (seq) => ledger.messages.filter((one) => one.seq < seq).slice(-500),
			from: async (seq) => ledger.messages.filter((one) => one.seq >= seq).slice(0, 500),
			pageSize: 500
		}
	});
	for (let i = 0; i < 4; i += 1) {
		thread.reading = thread.messages[0]!.seq;
		await thread.older();
		expect(thread.messages.length).toBeLessThanOrEqual(1300);
	}
	expect(thread.newer).toBe(true);
	expect(thread.lastSeq).toBe(3000);
	ledger.add('outbound');
	await thread.heal();
	expect([thread.lastSeq, thread.messages.at(-1)!.seq < 3000]).toEqual([3000, true]);
	await thread.toLatest();
	expect([thread.lastSeq, thread.newer]).toEqual([3001, false]);
	await thread.around(1500);
	expect(thread.messages.some(({ seq }) => seq === 1500)).toBe(true);
	await thread.around(2);
	expect([thread.messages[0]!.seq, thread.more, thread.newer, thread.lastSeq]).toEqual([1, false, true, 3001]);
});

test('R3.2 a thread that opens at its first unread text, far up, counts what the database counted', () => {
	const thread = new Thread({
		messages: [8, 9, 10, 11].map((seq) => message({ seq })),
		more: true,
		newer: true,
		lastSeq: 90,
		revision: 200,
		lastReadSeq: 8,
		unreadCount: 70,
		reads: { after: none, before: none, from: none, pageSize }
	});
	expect(thread.unread).toEqual({ from: 9, to: 11, count: 70 });
	expect(thread.lastSeq).toBe(90);
	expect(thread.isNews(200)).toBe(false);
});
