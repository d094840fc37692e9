/** What a search found, and where the words stand in it: the twin of private.search_vector, for showing. */
import type { Direction } from './conversations.ts';
import type { Status } from './delivery.ts';

/** A text or an internal note that `api.search_messages` found; seq: its place, a note's is that of the text it stands below. */
export type Hit = {
	id: string;
	note: boolean;
	conversation_id: string;
	phone_number_id: string | null;
	seq: number;
	direction: Direction | null;
	status: Status | null;
	author_id: string | null;
	body: string;
	created_at: string;
	attachment_count: number;
	title: string | null;
	contact_name: string | null;
	contact_number: string | null;
	number_color: number | null;
};

/** A person that `api.search_contacts` found; conversations: those the caller may see, the latest first. */
export type FoundContact = {
	id: string;
	name: string | null;
	phone_number: string;
	blocked: boolean;
	conversations: readonly { id: string; phone_number_id: string }[] | null;
};

export type FoundTeam = { id: string; title: string | null };

/** What a search is narrowed to, as `api.search_messages` reads it. */
export type SearchFilters = {
	phone_number_id?: string;
	author_id?: string;
	contact_id?: string;
	since?: string;
	until?: string;
	direction?: Direction;
	status?: Status;
	has_attachment?: boolean;
	has_code?: boolean;
};

/** A stretch of a text, in UTF-16 units: from, up to. */
export type Span = readonly [from: number, to: number];

/** Texts found on one page of results. */
export const hitsPerPage = 30;

const unspaced =
	/[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\u{20000}-\u{3ffff}]/u;
const ligatures: Readonly<Record<string, string>> = { ø: 'o', ł: 'l', đ: 'd', ı: 'i', ß: 'ss', æ: 'ae', œ: 'oe' };

/** Small letters without accents; full-width forms as plain ones; no apostrophes. */
function fold(text: string): string {
	return text
		.toLowerCase()
		.normalize('NFKD')
		.replace(/[\u0300-\u036f'’]/g, '')
		.normalize('NFKC')
		.replace(/[øłđıßæœ]/g, (sign) => ligatures[sign] ?? sign);
}

type Term = { words: string[]; open: boolean };

/** "phrases" in quotes, beginnings with word* or as the last word: as private.search_query reads them. */
function termsOf(query: string): Term[] {
	const pieces = [...query.slice(0, 200).matchAll(/"([^"]*)"?|([^\s"]+)/g)].slice(0, 20);
	return pieces
		.map(([, phrase, word], place) => ({
			words:
				(phrase ?? word ?? '').match(/[^\s]+/g)?.flatMap((part) => fold(part).match(/[\p{L}\p{N}\p{M}]+/gu) ?? []) ??
				[],
			open: word !== undefined && (word.endsWith('*') || place === pieces.length - 1)
		}))
		.filter(({ words }) => words.length > 0);
}

type Word = { text: string; from: number; to: number };

/** The words of a text, folded, and where they stand in it. */
function wordsIn(body: string): { words: Word[]; folded: string; places: number[] } {
	let folded = '';
	const places: number[] = [];
	let at = 0;
	for (const sign of body) {
		for (const part of fold(sign)) {
			folded += part;
			for (let unit = 0; unit < part.length; unit++) places.push(at);
		}
		at += sign.length;
	}
	places.push(body.length);
	const words = [...folded.matchAll(/[\p{L}\p{N}\p{M}]+/gu)].map(({ 0: text, index }) => ({
		text,
		from: index,
		to: index + text.length
	}));
	return { words, folded, places };
}

/** Where the words of a query stand in a text, in order and without overlaps. */
export function marksIn(body: string, query: string): Span[] {
	const { words, folded, places } = wordsIn(body);
	const spans: Span[] = [];
	const mark = (from: number, to: number) => spans.push([places[from] ?? 0, places[to] ?? body.length]);
	for (const { words: wanted, open } of termsOf(query)) {
		if (wanted.some((word) => unspaced.test(word))) {
			for (const word of wanted) {
				for (let at = folded.indexOf(word); at >= 0; at = folded.indexOf(word, at + word.length))
					mark(at, at + word.length);
			}
			continue;
		}
		words.forEach((first, at) => {
			const run = words.slice(at, at + wanted.length);
			const fits = wanted.every((word, place) => {
				const text = run[place]?.text;
				return text === word || (open && word.length > 1 && place === wanted.length - 1 && text?.startsWith(word));
			});
			if (fits) mark(first.from, run.at(-1)!.to); // eslint-disable-line @typescript-eslint/no-non-null-assertion -- a run has at least its first word
		});
	}
	return merged(spans);
}

function merged(spans: Span[]): Span[] {
	const apart: Span[] = [];
	for (const [from, to] of spans.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
		const last = apart.at(-1);
		if (last && from <= last[1]) apart[apart.length - 1] = [last[0], Math.max(last[1], to)];
		else apart.push([from, to]);
	}
	return apart;
}

/** A text in pieces, those that were looked for marked. */
export type Piece = { text: string; marked: boolean };

/** The part of a text around the first word found, at most so many UTF-16 units, in pieces. */
export function snippetOf(body: string, query: string, length = 160): Piece[] {
	const marks = marksIn(body, query);
	const first = marks[0]?.[0] ?? 0;
	// a little of what comes before, from the beginning of a word
	const lead = first > 60 ? body.lastIndexOf(' ', first - 30) + 1 || first - 30 : 0;
	const end = Math.min(body.length, lead + length);
	const pieces: Piece[] = [];
	const add = (from: number, to: number, marked: boolean) => {
		if (to > from) pieces.push({ text: body.slice(from, to), marked });
	};
	let at = lead;
	for (const [from, to] of marks) {
		if (from >= end || to <= at) continue;
		add(at, from, false);
		add(Math.max(at, from), Math.min(to, end), true);
		at = Math.min(to, end);
	}
	add(at, end, false);
	if (lead > 0) pieces.unshift({ text: '… ', marked: false });
	if (end < body.length) pieces.push({ text: ' …', marked: false });
	return pieces;
}
