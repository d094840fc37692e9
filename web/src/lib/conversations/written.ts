import type { FindLinks, Link } from './links.ts';

/** A text in pieces that together are the same text. */
export type Piece = { kind: 'plain' | 'code'; text: string } | { kind: 'link'; text: string; href: string };

/** Whether a text may hold a web address: only then what finds them is fetched. */
export function mayHoldLinks(text: string): boolean {
	return /https?:|\p{L}\.\p{L}{2}/u.test(text);
}

type Span = { from: number; to: number };

/** Where the codes of a text stand, as the server found them: told by what it looks like to those who may not see them. */
function codesIn(text: string, masked: string | null): Span[] {
	if (masked === null || masked === text || masked.length !== text.length) return [];
	const found: Span[] = [];
	// the groups of a code stay apart, by one sign that is not masked
	for (const { index: from, 0: dots } of masked.matchAll(/•+(?:[ -]•+)*/g))
		if (text.slice(from, from + dots.length) !== dots) found.push({ from, to: from + dots.length });
	return found;
}

/** A text in plain pieces, links and codes. A code within a link is a part of the link. */
export function piecesOf(text: string, findLinks: FindLinks | null, masked: string | null): Piece[] {
	const links: readonly Link[] = findLinks && mayHoldLinks(text) ? findLinks(text) : [];
	const codes = codesIn(text, masked).filter(({ from, to }) => !links.some((link) => from < link.to && to > link.from));
	const marks: (Span & { href?: string })[] = [...links, ...codes].sort((a, b) => a.from - b.from);
	const pieces: Piece[] = [];
	let at = 0;
	for (const mark of marks) {
		if (mark.from > at) pieces.push({ kind: 'plain', text: text.slice(at, mark.from) });
		const words = text.slice(mark.from, mark.to);
		pieces.push(
			mark.href !== undefined ? { kind: 'link', text: words, href: mark.href } : { kind: 'code', text: words }
		);
		at = mark.to;
	}
	if (at < text.length) pieces.push({ kind: 'plain', text: text.slice(at) });
	return pieces;
}

/** A code as it is typed: without what is only there for the eye, in ASCII digits. */
export function asTyped(code: string): string {
	return code
		.replace(/^[A-Z]+-/, '')
		.replace(/[- ]/g, '')
		.replace(/\p{Nd}/gu, (digit) => {
			// the ten digits of a script follow each other
			const place = digit.codePointAt(0) ?? 0;
			let zero = place;
			while (place - zero < 9 && /\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero--;
			return String(place - zero);
		});
}
