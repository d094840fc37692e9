import { candidatesOf, type Candidate } from './codes-candidates.ts';
import { fold, type Folded } from './codes-fold.ts';
import { readBrokenBound, readOriginBound, readRetriever, type Bound, type Retriever } from './codes-formats.ts';
import { bit, isLetter, readWords, type Mark } from './codes-lexicon.ts';

/** A piece of a text: from the first unit up to, not including, the last. */
export type Stretch = { from: number; to: number };

/** A text read once: what could be a code, the words around, and where sentences end. Places are those of the folded text. */
export class Reading {
	readonly original: string;
	readonly folded: Folded;
	readonly marks: readonly Mark[];
	/** All senses that occur anywhere. */
	readonly senses: number;
	readonly bound: Bound | null;
	/** The hash at the end; its places are those of the original. */
	readonly retriever: Retriever | null;
	/** The original's piece that looks origin-bound and breaks the format. */
	readonly brokenBound: Stretch | null;
	readonly candidates: readonly Candidate[];
	readonly links: readonly Stretch[];
	/** How many words of advertising there are. */
	readonly advertises: number;
	readonly #numbers: number[] = [];
	readonly #ends: readonly number[];
	#tellingStarts: readonly number[] | null = null;

	constructor(known: Pick<Reading, 'original' | 'folded' | 'marks' | 'senses' | 'bound' | 'retriever'>) {
		const { original, folded, marks } = known;
		this.original = original;
		this.folded = folded;
		this.marks = marks;
		this.senses = known.senses;
		this.bound = known.bound;
		this.retriever = known.retriever;
		this.brokenBound = readBrokenBound(original);
		const candidates = candidatesOf(folded);
		for (let index = 0; index < candidates.length; index++) {
			const one = candidates[index] as Candidate;
			if (one.shape === 'mixed' && !one.grouped)
				candidates[index] = withoutWord(one, marks[this.markFrom(one.from)], folded.text);
		}
		this.candidates = candidates;
		for (const { shape, code, from, never } of candidates)
			if (shape !== 'letters' && code.length > 2 && !never && !this.#isPriced(from)) this.#numbers.push(from);
		this.#ends = sentenceEnds(folded.text);
		this.links = linksOf(folded.text);
		let advertises = 0;
		if (known.senses & bit.promo) for (const { senses } of marks) if (senses & bit.promo) advertises++;
		this.advertises = advertises;
	}

	/** Whether a currency stands before a place. */
	#isPriced(index: number): boolean {
		const mark = this.marks[this.markFrom(index) - 1];
		return mark !== undefined && (mark.senses & bit.money) !== 0 && index - mark.to <= 2 && mark.to - mark.from <= 3;
	}

	/** How many sentences have ended before a place. */
	sentence(index: number): number {
		return firstAtOrAfter(this.#ends, index);
	}

	/** Whether a word for a code stands before a place, in its sentence. */
	isAboutCode(index: number): boolean {
		this.#tellingStarts ??= this.marks.filter(({ senses }) => senses & (bit.otp | bit.code)).map(({ from }) => from);
		const last = this.#tellingStarts[firstAtOrAfter(this.#tellingStarts, index) - 1];
		return last !== undefined && this.sentence(last) === this.sentence(index);
	}

	/** Whether the text treats something in it as a code: to be entered, kept secret, or good for minutes. */
	get isProving(): boolean {
		return this.isKept || this.marks.some((mark) => asksFor(mark, this.folded));
	}

	/** Whether the text asks to keep something secret, or says for how many minutes it is good. */
	get isKept(): boolean {
		const { senses } = this;
		return (senses & bit.secret) !== 0 || ((senses & bit.valid) !== 0 && (senses & (bit.minute | bit.second)) !== 0);
	}

	/** The index of the first mark that begins at or after a place. */
	markFrom(index: number): number {
		const { marks } = this;
		let low = 0;
		let high = marks.length;
		while (low < high) {
			const middle = (low + high) >> 1;
			if ((marks[middle] as Mark).from < index) low = middle + 1;
			else high = middle;
		}
		return low;
	}

	/** How many numbers begin in a stretch that a word could mean: not those that can be no code, as a time or an amount. */
	numbersIn(from: number, to: number): number {
		return firstAtOrAfter(this.#numbers, to) - firstAtOrAfter(this.#numbers, from);
	}
}

/** Whether a word asks to enter or use something; the shortest only lead over. */
export const asksFor = ({ senses, from, to }: Mark, { lower }: Folded): boolean =>
	(senses & bit.enter) !== 0 && !(senses & bit.is) && to - from > (lower.charCodeAt(from) < 0x2e80 ? 2 : 1);

/** Senses without which a text holds no code, unless its form says so. */
const telling = bit.otp | bit.code | bit.verify;

/** Reads a text; time grows with its length. In a hurry, a text that cannot hold a code is not read to the end: null. */
export function read(original: string, hurried: boolean): Reading | null {
	const folded = fold(original);
	const marks = readWords(folded.lower);
	let senses = 0;
	for (const mark of marks) senses |= mark.senses;
	const bound = readOriginBound(original);
	const retriever = readRetriever(original);
	if (hurried && !(senses & telling) && !bound && !retriever && !/G-\d/.test(folded.text)) return null;
	return new Reading({ original, folded, marks, senses, bound, retriever });
}

/** The index of the first of some ascending numbers that is not smaller. */
function firstAtOrAfter(ascending: readonly number[], wanted: number): number {
	let low = 0;
	let high = ascending.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((ascending[middle] ?? 0) < wanted) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** OTP123456 is the word and its code. */
function withoutWord(one: Candidate, mark: Mark | undefined, text: string): Candidate {
	if (mark?.from !== one.from || mark.to >= one.to || !(mark.senses & (bit.otp | bit.code | bit.enter))) return one;
	const code = text.slice(mark.to, one.to);
	return /^\d{3,10}$/.test(code) ? { ...one, code, from: mark.to, shape: 'digits', never: '' } : one;
}

function sentenceEnds(text: string): number[] {
	const ends: number[] = [];
	for (let index = 0; index < text.length; index++) {
		const code = text.charCodeAt(index);
		if (code === 10 || code === 33 || code === 63 || code === 0x964 || code === 0x61f || code === 0x6d4)
			ends.push(index);
		else if (code === 46) {
			const after = text.charCodeAt(index + 1);
			const isWithin = (after >= 48 && after <= 57) || (after >= 97 && after <= 122) || after === 46;
			if (!isWithin) ends.push(index);
		}
	}
	return ends;
}

/** Pieces without blanks that are addresses: of the web, of an app, of mail, of a payment. */
function linksOf(text: string): Stretch[] {
	const links: Stretch[] = [];
	let from = 0;
	let isLikely = false;
	for (let index = 0; index <= text.length; index++) {
		const code = index < text.length ? text.charCodeAt(index) : blank;
		if (code <= blank || code >= 127) {
			const link = isLikely ? linkIn(text.slice(from, index), from) : null;
			if (link) links.push(link);
			from = index + 1;
			isLikely = false;
		} else if (code === at || code === stroke) isLikely = true;
		else if (code === point && !isLikely) {
			const next = text.charCodeAt(index + 1);
			isLikely = isLetter(next) || (text.charCodeAt(index - 1) | 32) === w;
		}
	}
	return links;
}

const [blank, stroke, point, at, w] = [32, 47, 46, 64, 119];

/** A piece that has one of the signs without which nothing is an address, as the address it is. */
function linkIn(piece: string, index: number): Stretch | null {
	const to = index + piece.length;
	const scheme = piece.indexOf('://');
	if (scheme > 0) {
		let from = scheme;
		while (from > 0 && isLetter(piece.charCodeAt(from - 1))) from--;
		return { from: index + from, to };
	}
	const www = piece.toLowerCase().indexOf('www.');
	if (www >= 0) return { from: index + www, to };
	const isAddress = /[a-z0-9]\.[a-z]{2,}[/?:]./i.test(piece) && !/^[^/?]*:\d+$/.test(piece);
	return isAddress || /[\w.]@\w/.test(piece) ? { from: index, to } : null;
}

/** Whether a piece touches one of some stretches, which are in order. */
export function isWithin(piece: Stretch, stretches: readonly Stretch[]): boolean {
	let low = 0;
	let high = stretches.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((stretches[middle]?.to ?? 0) <= piece.from) low = middle + 1;
		else high = middle;
	}
	return (stretches[low]?.from ?? Infinity) < piece.to;
}

/** How many letters of a stretch belong to no word that only leads over: is, enter, verification. */
export function strangeLetters(reading: Reading, from: number, to: number): number {
	const { lower } = reading.folded;
	const leading = bit.enter | bit.verify | bit.otp | bit.code;
	let letters = 0;
	let index = from;
	for (let at = reading.markFrom(from); index < to;) {
		const mark = reading.marks[at];
		if (mark && index >= mark.from) {
			at++;
			if (mark.senses & leading) {
				index = Math.max(index, mark.to);
				continue;
			}
		}
		if (isLetter(lower.charCodeAt(index))) letters++;
		index++;
	}
	return letters;
}
