import { expect, test } from 'vitest';
import { findLinks } from '#lib/conversations/links.ts';
import { asTyped, piecesOf } from '#lib/conversations/written.ts';

const links = (text: string) =>
	piecesOf(text, findLinks, null).flatMap((one) => (one.kind === 'link' ? [one.href] : []));
const codes = (text: string, masked: string | null) =>
	piecesOf(text, findLinks, masked).flatMap((one) => (one.kind === 'code' ? [one.text] : []));

test('R3.2 web addresses become links, and nothing else does', () => {
	expect(links('See https://a.example/x?y=1, or (www.b.com/path).')).toEqual([
		'https://a.example/x?y=1',
		'http://www.b.com/path'
	]);
	for (const text of [
		'javascript:alert(1)',
		'data:text/html,<script>alert(1)</script>',
		'vbscript:x file:///etc/passwd ftp://a.example mailto:a@b.com',
		'https://bank.com@evil.example/',
		'no address at all.Then more'
	])
		expect(links(text).filter((href) => !/^https?:\/\/evil\.example\/$/.test(href))).toEqual([]);
});

test('R3.2 whatever is found, the pieces are the text', () => {
	for (const text of ['', 'Your code is 123456 at https://a.example/123456 now', '<b>1234</b> code', '🙂 www.a.com 🙂'])
		expect(
			piecesOf(text, findLinks, text.replace(/123456/g, '••••••'))
				.map((one) => one.text)
				.join('')
		).toBe(text);
});

test('R5.3 a code is marked where the server found one, and nowhere else', () => {
	expect(codes('Your code is 482910. Room 2212', 'Your code is ••••••. Room 2212')).toEqual(['482910']);
	expect(codes('Use 482 910 as your PIN', 'Use ••• ••• as your PIN')).toEqual(['482 910']);
	expect(codes('🦊 ١٢٣٤٥٦ 🦊', '🦊 •••••• 🦊')).toEqual(['١٢٣٤٥٦']);
	expect(codes('Your code is 482910', null)).toEqual([]);
	// to whom it is masked, and where somebody wrote dots
	expect(codes('Your code is ••••••', 'Your code is ••••••')).toEqual([]);
	expect(codes('••• 482910', '••• ••••••')).toEqual(['••• 482910']);
	expect(codes('at https://a.example/482910 now', 'at https://a.example/•••••• now')).toEqual([]);
});

test('R5.3 a code is copied as it must be typed', () => {
	expect(asTyped('482 910')).toBe('482910');
	expect(asTyped('G-482910')).toBe('482910');
	expect(asTyped('١٢٣-٤٥٦')).toBe('123456');
	expect(asTyped('०९')).toBe('09');
	expect(asTyped('１２３a')).toBe('123a');
});
