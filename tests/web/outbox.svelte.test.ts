import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Message } from '#core/conversations.ts';
import { entriesOf, type Pending } from '#lib/conversations/entries.ts';
import { Keeping } from '#lib/conversations/keeping.ts';
import { Outbox } from '#lib/conversations/outbox.svelte.ts';
import type { Outcome } from '#lib/conversations/sending.ts';
import { message } from './conversation-rows.ts';

beforeEach(() => {
	vi.useFakeTimers();
	localStorage.clear();
});
afterEach(() => vi.useRealTimers());

const keeping = () => new Keeping(localStorage, 'noor');

function outboxOf(send: (text: Pending) => Promise<Outcome>, given: { keeping?: Keeping } = {}) {
	const told = { accepted: [] as Message[], collisions: [] as Pending[], ended: 0 };
	const outbox = new Outbox({
		send,
		keeping: given.keeping ?? keeping(),
		onaccepted: (accepted) => told.accepted.push(accepted),
		oncollision: (text) => told.collisions.push(text),
		onended: () => (told.ended += 1)
	});
	return { outbox, told };
}

const accepted = (text: Pending, seq = 1): Outcome => ({
	kind: 'accepted',
	message: message({ seq, direction: 'outbound', idempotency_key: text.key, body: text.body })
});
const write = (outbox: Outbox, body: string, conversationId = 'conversation') =>
	outbox.add({ conversationId, body, seenSeq: 7 });

test('R3.4 a text without an answer is sent again under the same key until there is one', async () => {
	const keys: string[] = [];
	const { outbox, told } = outboxOf((text) => {
		keys.push(text.key);
		return Promise.resolve(keys.length < 4 ? { kind: 'unreachable' } : accepted(text));
	});
	write(outbox, 'Written in a tunnel');
	expect(outbox.texts[0]?.state).toBe('sending');
	await vi.advanceTimersByTimeAsync(500);
	expect(outbox.texts[0]?.state).toBe('waiting');
	await vi.advanceTimersByTimeAsync(20_000);
	expect(keys).toHaveLength(4);
	expect(new Set(keys).size).toBe(1);
	expect(outbox.texts).toEqual([]);
	expect(told.accepted).toHaveLength(1);
});

test('texts of one conversation go out one after the other, those of others do not wait for them', async () => {
	const started: string[] = [];
	const answers: (() => void)[] = [];
	const { outbox } = outboxOf((text) => {
		started.push(text.body);
		return new Promise((resolve) => answers.push(() => resolve(accepted(text))));
	});
	write(outbox, 'one');
	write(outbox, 'two');
	write(outbox, 'elsewhere', 'other');
	expect(started).toEqual(['one', 'elsewhere']);
	answers[0]?.();
	await vi.advanceTimersByTimeAsync(0);
	expect(started).toEqual(['one', 'elsewhere', 'two']);
});

test('R3.4 the next text knows of the one before it, and of nothing that came between', async () => {
	const seen: number[] = [];
	const { outbox } = outboxOf((text) => {
		seen.push(text.seenSeq);
		// a colleague's answer takes the ninth place
		return Promise.resolve(accepted(text, [8, 10, 11][seen.length - 1]));
	});
	for (const body of ['Yes', 'Yes', 'Yes']) write(outbox, body);
	await vi.advanceTimersByTimeAsync(0);
	expect(seen).toEqual([7, 8, 8]);
});

test('R3.4 a refused text stays in place with its reason; where trying again can work, it does', async () => {
	let refused = true;
	const { outbox } = outboxOf((text) =>
		Promise.resolve(
			refused ? { kind: 'refused', slug: 'internal', says: 'Something broke.', answers: [] } : accepted(text)
		)
	);
	write(outbox, 'Hello');
	await vi.advanceTimersByTimeAsync(0);
	expect(outbox.texts[0]).toMatchObject({ state: 'failed', failure: { says: 'Something broke.', retry: true } });
	refused = false;
	outbox.retry(outbox.texts[0]!.key, 9);
	await vi.advanceTimersByTimeAsync(0);
	expect(outbox.texts).toEqual([]);
});

test('an opt-out cannot be tried again, and the words can be taken back', async () => {
	const { outbox } = outboxOf(() =>
		Promise.resolve({ kind: 'refused', slug: 'opted_out', says: 'They wrote STOP.', answers: [] })
	);
	write(outbox, 'Hello');
	await vi.advanceTimersByTimeAsync(0);
	expect(outbox.texts[0]?.failure?.retry).toBe(false);
	expect(outbox.remove(outbox.texts[0]!.key)).toBe('Hello');
	expect(keeping().pending()).toEqual([]);
});

test('a collision takes the text out of the thread and hands it over', async () => {
	const { outbox, told } = outboxOf(() =>
		Promise.resolve({ kind: 'refused', slug: 'collision', says: 'Maya answered first.', answers: [] })
	);
	write(outbox, 'The one by the river');
	await vi.advanceTimersByTimeAsync(0);
	expect(outbox.texts).toEqual([]);
	expect(told.collisions[0]?.body).toBe('The one by the river');
});

test('neither a reload nor the end of the session loses a text, and it still goes out once', async () => {
	const { outbox: before, told } = outboxOf(() => Promise.resolve({ kind: 'ended', expired: false }));
	write(before, 'Kept');
	await vi.advanceTimersByTimeAsync(0);
	expect(told.ended).toBe(1);
	const { key } = before.texts[0]!;

	const sent: string[] = [];
	const { outbox: after } = outboxOf((text) => {
		sent.push(text.key);
		return Promise.resolve(accepted(text));
	});
	const stop = after.start();
	await vi.advanceTimersByTimeAsync(0);
	expect(sent).toEqual([key]);
	expect(keeping().pending()).toEqual([]);
	stop();
});

test('what one person kept is not another’s', () => {
	const { outbox } = outboxOf(() => Promise.resolve({ kind: 'unreachable' }));
	write(outbox, 'Private');
	expect(new Keeping(localStorage, 'maya').pending()).toEqual([]);
});

test('R3.4 however answers and messages cross each other, a text shows once and is stored once', async () => {
	const fates = fc.array(fc.constantFrom('lost before', 'lost after', 'answered'), { maxLength: 6 });
	await fc.assert(
		fc.asyncProperty(fc.array(fates, { minLength: 1, maxLength: 5 }), async (lives) => {
			localStorage.clear();
			const stored: Message[] = [];
			const left = lives.map((fate) => [...fate]);
			const { outbox } = outboxOf(async (text) => {
				const fate = left[Number(text.body)]?.shift() ?? 'answered';
				await new Promise((resolve) => setTimeout(resolve, 10));
				if (fate === 'lost before') return { kind: 'unreachable' };
				// the database stores a key once and answers the same message to whoever brings it again
				let found = stored.find(({ idempotency_key: key }) => key === text.key);
				if (!found) {
					const seq = stored.length + 1;
					found = message({ seq, direction: 'outbound', idempotency_key: text.key, body: text.body });
					stored.push(found);
				}
				return fate === 'lost after' ? { kind: 'unreachable' } : { kind: 'accepted', message: found };
			});
			lives.forEach((_, at) => write(outbox, String(at)));
			for (let i = 0; i < 40; i += 1) {
				await vi.advanceTimersByTimeAsync(3000);
				const shown = entriesOf(stored, outbox.texts, 'noor').map(({ body }) => body);
				expect(shown.toSorted()).toEqual(lives.map((_, at) => String(at)));
			}
			expect(stored.map(({ body }) => body)).toEqual(lives.map((_, at) => String(at)));
			expect(outbox.texts).toEqual([]);
		}),
		{ numRuns: 40 }
	);
});

test('a server that keeps failing is waited out for a while, then the text says so and keeps its key', async () => {
	const keys: string[] = [];
	let troubled = true;
	const { outbox } = outboxOf((text) => {
		keys.push(text.key);
		return Promise.resolve(troubled ? { kind: 'unreachable', troubled } : accepted(text));
	});
	write(outbox, 'Hello');
	await vi.advanceTimersByTimeAsync(60_000);
	expect(outbox.texts[0]).toMatchObject({ state: 'failed', failure: { slug: 'internal', retry: true } });
	troubled = false;
	outbox.retry(outbox.texts[0]!.key, 9);
	await vi.advanceTimersByTimeAsync(0);
	expect(outbox.texts).toEqual([]);
	expect(new Set(keys).size).toBe(1);
});
