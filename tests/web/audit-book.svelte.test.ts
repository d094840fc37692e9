import { expect, test } from 'vitest';
import { Book } from '#lib/audit/book.svelte.ts';
import type { ToldLine } from '#lib/audit/told.ts';

const lines = (...ids: number[]) => ids.map((id) => ({ id: String(id) }) as ToldLine);
const shown = (book: Book) => book.lines.map(({ id }) => Number(id));

test('reading on asks from the last line, and ends with the book', async () => {
	const asked: string[] = [];
	const book = new Book({ lines: lines(9, 8), more: true }, async (before) => {
		asked.push(before);
		return { lines: lines(Number(before) - 1), more: before !== '7' };
	});
	await book.readOn();
	await book.readOn();
	await book.readOn();
	expect(shown(book)).toEqual([9, 8, 7, 6]);
	expect(asked).toEqual(['8', '7']);
	expect(book.more).toBe(false);
});

test('however often somebody comes near the end meanwhile, a page is asked for once', async () => {
	let asked = 0;
	const book = new Book({ lines: lines(9), more: true }, async () => {
		asked++;
		await Promise.resolve();
		return { lines: lines(8), more: true };
	});
	await Promise.all([book.readOn(), book.readOn(), book.readOn()]);
	expect([asked, shown(book)]).toEqual([1, [9, 8]]);
});

test('where nothing answers, the lines stay, the book says so, and the next try goes on from there', async () => {
	let working = false;
	const book = new Book({ lines: lines(9), more: true }, async () => {
		if (!working) throw new TypeError('fetch failed');
		return { lines: lines(8), more: false };
	});
	await book.readOn();
	expect([shown(book), book.more, book.failed]).toEqual([[9], true, true]);
	working = true;
	await book.readOn();
	expect([shown(book), book.more, book.failed]).toEqual([[9, 8], false, false]);
});
