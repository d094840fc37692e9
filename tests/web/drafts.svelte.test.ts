import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { KeptDraft } from '#core/composing.ts';
import { Drafts } from '#lib/conversations/drafts.svelte.ts';
import { Keeping } from '#lib/conversations/keeping.ts';

beforeEach(() => vi.useFakeTimers({ now: Date.parse('2026-11-22T12:00:00Z') }));
afterEach(() => vi.useRealTimers());

const id = crypto.randomUUID();

/** What is written on one page, and what it said to the server. */
function page() {
	const said: { body: string; files: readonly string[] | null }[] = [];
	const drafts = new Drafts(new Keeping(null, 'noor'), (_id, body, _basedOn, files) => {
		said.push({ body, files });
		return Promise.resolve(said.length);
	});
	return { drafts, said };
}
const kept = (body: string, attachment_ids: string[], revision = 1): KeptDraft => ({
	conversation_id: id,
	body,
	attachment_ids,
	revision,
	updated_at: '2026-11-22T11:59:00Z'
});
const settle = () => vi.advanceTimersByTimeAsync(2000);

test('R2.6 R3.8 files beside a text are said to the server with it, and come back on another page', async () => {
	const { drafts, said } = page();
	drafts.write(id, 'Look');
	drafts.keepFiles(id, ['door']);
	await settle();
	expect(said).toEqual([{ body: 'Look', files: ['door'] }]);

	const other = page();
	other.drafts.learn([kept('Look', ['door'])]);
	expect([other.drafts.of(id), other.drafts.given(id), other.drafts.filesOf(id)]).toEqual(['Look', ['door'], ['door']]);
	await settle();
	expect(other.said).toEqual([]);
});

test('R2.6 a page that does not know of files leaves those that are kept; one that took them out says so', async () => {
	const { drafts, said } = page();
	drafts.write(id, 'Written before the answer came');
	await settle();
	expect(said).toEqual([{ body: 'Written before the answer came', files: null }]);
	drafts.write(id, 'Still writing');
	drafts.learn([kept('Look', ['door'])]);
	expect([drafts.of(id), drafts.given(id)]).toEqual(['Still writing', ['door']]);
	drafts.keepFiles(id, []);
	await settle();
	expect(said.at(-1)).toEqual({ body: 'Still writing', files: [] });
});

test('R3.4 a text that was taken back brings its files back, before those that lie there since', async () => {
	const { drafts } = page();
	drafts.keepFiles(id, ['new']);
	drafts.giveBack(id, 'Look', ['door']);
	expect([drafts.of(id), drafts.given(id)]).toEqual(['Look', ['door', 'new']]);
	drafts.empty(id);
	expect([drafts.of(id), drafts.given(id), drafts.filesOf(id)]).toEqual(['', [], []]);
});

test('R2.6 a draft that was sent on another page is gone here, with its files', () => {
	const { drafts } = page();
	drafts.learn([kept('Look', ['door'])]);
	drafts.forget(id);
	expect([drafts.of(id), drafts.given(id)]).toEqual(['', []]);
});
