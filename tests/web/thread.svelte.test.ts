import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message } from '#core/conversations.ts';
import { Thread } from '#lib/conversations/thread.svelte.ts';
import { conversation, deferred, message } from './conversation-rows.ts';

/** The database's side of one conversation: places and revisions are counted as it counts them. */
class Ledger {
	messages: Message[] = [];
	#revision = 0;

	add(direction: 'inbound' | 'outbound', key: string | null = null): Message {
		const seq = this.messages.length + 1;
		const added = message({ seq, direction, idempotency_key: key, revision: ++this.#revision });
		this.messages.push(added);
		return added;
	}

	change(at: number): void {
		const before = this.messages[at % this.messages.length];
		if (before) this.messages[before.seq - 1] = { ...before, status: 'delivered', revision: ++this.#revision };
	}

	after(revision: number): Message[] {
		return this.messages.filter((one) => one.revision > revision).sort((a, b) => a.revision - b.revision);
	}

	page(before: number, size: number): Message[] {
		return this.messages.filter(({ seq }) => seq < before).slice(-size);
	}
}

const pageSize = 4;

function opened(ledger: Ledger) {
	const answers: (() => void)[] = [];
	// the database answers with what it holds when it is asked, the network hands it over whenever it likes
	const later = (rows: Message[]) => {
		const { promise, resolve } = deferred<Message[]>();
		answers.push(() => resolve(rows));
		return promise;
	};
	const messages = ledger.page(Infinity, pageSize);
	const thread = new Thread({
		messages,
		more: (messages[0]?.seq ?? 1) > 1,
		lastReadSeq: conversation({}).last_read_seq,
		reads: {
			after: (revision) => later(ledger.after(revision)),
			before: (seq) => later(ledger.page(seq, pageSize))
		}
	});
	return { thread, answers };
}

async function settle(answers: (() => void)[]): Promise<void> {
	for (let quiet = 0; quiet < 5; quiet += 1) {
		for (const answer of answers.splice(0)) answer();
		await new Promise((resolve) => setTimeout(resolve, 0));
	}
}

const step = fc.oneof(
	fc.constant({ kind: 'arrive' } as const),
	fc.record({ kind: fc.constant('receipt' as const), at: fc.nat(40) }),
	fc.constant({ kind: 'send' } as const),
	fc.constant({ kind: 'hint' } as const),
	fc.constant({ kind: 'older' } as const),
	fc.record({ kind: fc.constant('answer' as const), at: fc.nat(5) }),
	fc.record({ kind: fc.constant('again' as const), at: fc.nat(40) })
);

test('R3.4 whatever the order of hints, answers, receipts and reconnects, each text stands once, in its place, as it last was', async () => {
	await fc.assert(
		fc.asyncProperty(fc.nat(12), fc.array(step, { maxLength: 60 }), async (before, steps) => {
			const ledger = new Ledger();
			for (let i = 0; i < before; i += 1) ledger.add('inbound');
			const { thread, answers } = opened(ledger);
			const own: Message[] = [];
			const seen = new Map<string, number>();
			for (const one of steps) {
				if (one.kind === 'arrive') ledger.add('inbound');
				else if (one.kind === 'receipt') ledger.change(one.at);
				else if (one.kind === 'send') own.push(ledger.add('outbound', `key-${ledger.messages.length}`));
				else if (one.kind === 'hint') void thread.heal();
				else if (one.kind === 'older') void thread.older().then((page) => thread.show(page));
				else if (one.kind === 'answer') answers.splice(one.at % (answers.length || 1), 1)[0]?.();
				// an answer to a send, late, early, or for the second time
				else thread.learn(own.slice(one.at % (own.length || 1)));
				await Promise.resolve();
				const seqs = thread.messages.map(({ seq }) => seq);
				expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
				for (const { id, revision } of thread.messages) {
					expect(revision).toBeGreaterThanOrEqual(seen.get(id) ?? 0);
					seen.set(id, revision);
				}
			}
			await settle(answers);
			void thread.heal();
			await settle(answers);
			expect(thread.messages).toEqual(ledger.messages.slice((thread.messages[0]?.seq ?? 1) - 1));
			while (thread.more) {
				void thread.older().then((page) => thread.show(page));
				await settle(answers);
			}
			expect(thread.messages).toEqual(ledger.messages);
		}),
		{ numRuns: 150 }
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
	thread.show(await older);
	expect(thread.messages.map(({ status }) => status)).toEqual(ledger.messages.map(({ status }) => status));
});

test('what was unread when a thread is opened stays marked while more arrives and is read', () => {
	const thread = new Thread({
		messages: [1, 2, 3].map((seq) => message({ seq })),
		more: false,
		lastReadSeq: 1,
		reads: { after: () => Promise.resolve([]), before: () => Promise.resolve([]) }
	});
	expect(thread.unread).toEqual({ from: 2, to: 3 });
	thread.learn([message({ seq: 4 })]);
	expect(thread.unread).toEqual({ from: 2, to: 3 });
	thread.divide(3);
	expect(thread.unread).toEqual({ from: 2, to: 4 });
});

test('a read that failed is made good by the next one', async () => {
	let broken = true;
	const thread = new Thread({
		messages: [message({ seq: 1 })],
		more: false,
		lastReadSeq: 1,
		reads: {
			after: () => (broken ? Promise.reject(new Error('no network')) : Promise.resolve([message({ seq: 2 })])),
			before: () => Promise.resolve([])
		}
	});
	await expect(thread.heal()).rejects.toThrow('no network');
	broken = false;
	await thread.heal();
	expect(thread.messages.map(({ seq }) => seq)).toEqual([1, 2]);
});
