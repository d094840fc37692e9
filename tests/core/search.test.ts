import { expect, test } from 'vitest';
import { marksIn, snippetOf } from '#core/search.ts';

const marked = (body: string, query: string) => marksIn(body, query).map(([from, to]) => body.slice(from, to));

test.each([
	['words in any order', 'the key to the flat', 'flat key', ['key', 'flat']],
	['the beginning of the last word only', 'keys and keyboards', 'keys key', ['keys', 'keyboards']],
	['a word that is not the last as a whole', 'keyboard and key', 'key and', ['and', 'key']],
	['a phrase where it stands together', 'blue mat, mat blue', '"blue mat"', ['blue mat']],
	['accents and apostrophes', 'Don’t: Café, Ørsted', 'dont cafe orsted', ['Don’t', 'Café', 'Ørsted']],
	['signs that fold to two letters', 'Straße 5', 'strasse', ['Straße']],
	['languages without spaces', 'こんにちは東京タワー', '東京', ['東京']],
	['what stands after an emoji', '🗝️ the key', 'key', ['key']],
	['nothing for nothing', 'the key', '" ', []]
])('R2.5 marks %s', (_, body, query, found) => expect(marked(body, query)).toEqual(found));

test('R2.5 a snippet shows the first word found, and loses nothing of a short text', () => {
	expect(
		snippetOf('the key to the flat', 'key')
			.map(({ text, marked }) => (marked ? `[${text}]` : text))
			.join('')
	).toBe('the [key] to the flat');
	const long = `${'words '.repeat(100)}the key ${'words '.repeat(100)}`;
	const pieces = snippetOf(long, 'key');
	expect(pieces.find(({ marked }) => marked)?.text).toBe('key');
	expect(pieces.map(({ text }) => text).join('').length).toBeLessThan(170);
	for (const body of ['', 'x', '<b>bold</b>'])
		expect(
			snippetOf(body, 'bold')
				.map(({ text }) => text)
				.join('')
		).toBe(body);
});
