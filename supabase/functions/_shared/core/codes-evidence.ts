import type { Candidate } from './codes-candidates.ts';
import { placeOf } from './codes-fold.ts';
import { bit, isLetter, type Mark } from './codes-lexicon.ts';
import { asksFor, strangeLetters, type Reading } from './codes-reading.ts';

/** Points for or against, and why in words. */
export type Reason = {
	points: number;
	words: string;
	/** Where the word for a code begins that says it. */
	at?: number;
};

/** A word for a code, with how much it says: less in a warning, against in "promotion code"; and where its phrase begins. */
export type CodeWord = Mark & { strength: number; said: number };

/** How far from a word for a code a candidate may stand, in characters. */
const reach = 160;

/** The words for codes of a text, weighed by the words beside each. */
export function codeWordsOf(reading: Reading): CodeWord[] {
	const codeWords: CodeWord[] = [];
	const { marks } = reading;
	if (!(reading.senses & (bit.otp | bit.code))) return codeWords;
	for (let index = 0; index < marks.length; index++) {
		const mark = marks[index];
		if (mark && mark.senses & (bit.otp | bit.code) && !isOver(mark, marks[index + 1], reading))
			codeWords.push(weighed(mark, marks[index - 1], marks[index + 1], reading));
	}
	return codeWords;
}

/** "Your code has expired" announces none. */
const isOver = ({ to }: Mark, next: Mark | undefined, reading: Reading): boolean =>
	next !== undefined &&
	next.from - to <= 5 &&
	(next.senses & (bit.kind | bit.valid)) === (bit.kind | bit.valid) &&
	reading.numbersIn(to, next.from) === 0;

/** A word for a code, weighed by the words before and after it. */
function weighed(mark: Mark, before: Mark | undefined, after: Mark | undefined, reading: Reading): CodeWord {
	const { from, to, senses } = mark;
	const gapBefore = before ? from - before.to : reach;
	const gapAfter = after ? after.from - to : reach;
	const near = before && gapBefore <= 12 && reading.numbersIn(before.to, from) === 0 ? before.senses : 0;
	const next = after && gapAfter <= 14 && reading.numbersIn(to, after.from) === 0 ? after.senses : 0;
	const isSpecial =
		// "your session has expired. Code: 1234" is about another thing
		(gapBefore <= 4 && near & bit.kind && !(near & (bit.verify | bit.valid))) ||
		(gapAfter <= 5 && next & bit.kind && !(next & bit.verify));
	const verifies = before && before.senses & bit.verify ? before : null;
	if (isSpecial && !(senses & bit.otp && verifies && gapBefore <= 1))
		return { from, to, senses, strength: senses & bit.otp ? 0.5 : -3, said: from };
	// "confirmation number": of an appointment as often as of a sign-in
	const isBooking = reading.senses & bit.booking;
	if (senses & bit.reference && (isBooking || !reading.isProving))
		return { from, to, senses, strength: -3, said: from };
	if (senses & bit.either && isBooking && !reading.isProving) return { from, to, senses, strength: -3, said: from };
	const isVerifying = (near | senses) & bit.verify || next & (bit.verify | bit.otp);
	const isAsked = before && gapBefore <= 2 && before.senses & bit.enter && before.to - before.from > 2;
	const strength = senses & bit.otp ? 3 : isVerifying ? 2.9 : isAsked ? 2.6 : 2.2;
	// "never share your code" announces none, unless one follows at once
	const warned =
		before && before.senses & bit.secret && gapBefore <= 30 && !/[:=]/.test(reading.folded.text.charAt(to));
	const said = verifies && gapBefore === 1 ? verifies.from : from;
	return { from, to, senses, strength: warned ? strength * 0.6 : strength, said };
}

/** The strongest tie of a candidate to a word for a code, if any, and how much a word for another kind of code takes off. */
type Tie = { points: number; word: CodeWord | null; worst: number };

function tieOf(one: Candidate, reading: Reading, codeWords: readonly CodeWord[]): Tie {
	const { text } = reading.folded;
	const best: Tie = { points: 0, word: null, worst: 0 };
	const at = firstAfter(codeWords, one.from);
	for (let index = Math.max(0, at - 3); index < at + 3; index++) {
		const word = codeWords[index];
		if (!word) break;
		if (word.from < one.to && word.to > one.from) continue;
		const isBefore = word.to <= one.from;
		const from = isBefore ? word.to : one.to;
		const to = isBefore ? one.from - (one.prefix ? one.prefix.length + 1 : 0) : word.from;
		if (to - from > reach) continue;
		const tie = closeness(to - from) * bordered(reading, from, to) * among(reading, one, from, to);
		// what ties less than the best so far cannot be the best, whatever else is said of it
		if (word.strength >= 0 && word.strength * tie + 1.1 <= best.points) continue;
		const strange = strangeLetters(reading, from, to);
		if (word.strength < 0) {
			if (strange <= 8 && tie > 0.5) best.worst = Math.min(best.worst, word.strength);
			continue;
		}
		const direct = strange === 0 && tie > 0.5;
		// a word at the end of a line heads the next line
		const heads = !isBefore && text.slice(from, to).includes('\n');
		const points =
			word.strength * tie * (heads ? 0.8 : 1) +
			(direct ? 0.7 : strange <= 12 ? 0.3 : 0) +
			(isBefore && tie > 0.5 && hasSign(text, from, to) ? 0.4 : 0);
		if (points > best.points) {
			best.points = points;
			best.word = word;
		}
	}
	return best;
}

/** Whether a stretch ends in a sign after which a code stands. */
function hasSign(text: string, from: number, to: number): boolean {
	for (let index = Math.max(from, to - 5); index < to; index++)
		if (':=：'.includes(text.charAt(index)))
			return /[:=：]\s*["'“«<([【]?\s*$/.test(text.slice(Math.max(from, to - 5), to));
	return false;
}

/** What the words around a candidate say for it: the strongest tie to a word for a code, and the text as a whole. */
export function evidenceFor(one: Candidate, reading: Reading, codeWords: readonly CodeWord[]): Reason[] {
	const { folded, senses } = reading;
	const { points, word, worst } = tieOf(one, reading, codeWords);
	const reasons: Reason[] = [];
	if (word) {
		const said = reading.original.slice(placeOf(folded, word.said), placeOf(folded, word.to));
		reasons.push({ points, words: `${word.to <= one.from ? 'after' : 'before'} ‘${said}’`, at: word.from });
		// "the code for your locker 12 is 123456", or with a line to itself: however much stands between
		if (word.to <= one.from && isPresented(one, reading)) reasons.push({ points: 0.8, words: 'the text leads to it' });
	}
	if (word && word.senses & bit.postal && isPostal(one, word, reading))
		reasons.push({ points: -3, words: 'shaped like a postal code' });
	if (worst < 0) reasons.push({ points: worst, words: 'a code of another kind' });
	if (one.prefix === 'G' && /^\d{5,8}$/.test(one.code)) reasons.push({ points: 2.5, words: 'after the prefix G-' });
	if (!word) reasons.push(...withoutCodeWord(one, reading));
	if (!reasons.some((reason) => reason.points > 0)) return reasons;
	if (senses & bit.secret) reasons.push({ points: 0.5, words: 'the text asks to keep it secret' });
	if (senses & bit.valid) reasons.push({ points: 0.2, words: 'the text says how long it is valid' });
	if (senses & bit.verify) reasons.push({ points: 0.4, words: 'the text speaks of verifying or signing in' });
	if (reading.retriever) reasons.push({ points: 0.8, words: 'the text is made for an app to read' });
	if (reading.marks.length > 0 && one.from <= 2) reasons.push({ points: 0.3, words: 'the text begins with it' });
	return reasons;
}

/** Whether six digits after "PIN code" are those of an Indian address: the text treats them as no code, and calls them nobody's own. */
function isPostal({ shape, code }: Candidate, word: CodeWord, reading: Reading): boolean {
	if (shape !== 'digits' || !/^[1-9]\d{5}$/.test(code)) return false;
	if (reading.senses & bit.place) return !reading.isKept;
	if (reading.isProving || reading.senses & bit.verify) return false;
	return !/\b(?:your|ur|uw|je|jouw)\b[^.!?\n]*$/.test(
		reading.folded.lower.slice(Math.max(0, word.from - 32), word.from)
	);
}

/** Whether it stands where a text says what something is: after "is", or alone on its line. */
function isPresented(one: Candidate, reading: Reading): boolean {
	const { text } = reading.folded;
	if (text.charAt(one.from - 1) === '\n') return one.to === text.length || text.charAt(one.to) === '\n';
	const before = one.shape === 'digits' ? reading.marks[reading.markFrom(one.from) - 1] : undefined;
	const leads = before && (before.senses & bit.is || (before.senses & bit.enter && before.to - before.from <= 3));
	return !!leads && one.from - before.to <= 2;
}

/** Texts that name no code: "use 123456 to sign in", or a text made for an app to read. */
function withoutCodeWord(one: Candidate, reading: Reading): Reason[] {
	if (one.shape === 'letters') return [];
	if (reading.retriever?.sure) return [{ points: 2.4, words: 'the text is made for an app to read' }];
	if (!(reading.senses & bit.verify) || one.code.length < 4) return [];
	const at = reading.markFrom(one.from);
	const { folded, marks } = reading;
	const [before, after] = [marks[at - 1], marks[reading.markFrom(one.to)]];
	const asked = [{ points: 2, words: 'the text asks to enter it' }];
	if (
		before &&
		asksFor(before, folded) &&
		one.from - before.to <= 8 &&
		strangeLetters(reading, before.to, one.from) <= 4
	)
		return asked;
	// "zur Anmeldung 1234 eingeben", in languages whose verbs stand last
	if (after && asksFor(after, folded) && after.from - one.to <= 8 && strangeLetters(reading, one.to, after.from) <= 4) {
		const verifying = [before, marks[at - 2]].find((mark) => mark && mark.senses & bit.verify);
		const ends = /^[^\s.,!?]*\s?(?:[.,!?;)\n।]|$)/.test(folded.text.slice(after.to, after.to + 16));
		const near = verifying && one.from - verifying.to <= 24;
		if (near && ends && reading.sentence(verifying.from) === reading.sentence(after.from)) return asked;
	}
	const heading = bit.proof | (reading.senses & (bit.minute | bit.second) ? bit.entry : 0);
	const heads = before && before.senses & heading && hasSign(folded.text, before.to, one.from);
	if (heads && strangeLetters(reading, before.to, one.from) === 0 && isLast(one, reading))
		return [{ points: 2, words: `after ‘${folded.text.slice(before.from, before.to)}’`, at: before.from }];
	const opens = one.from === 0 || reading.sentence(one.from) > reading.sentence(Math.max(0, one.from - 3));
	if (
		opens &&
		after &&
		after.senses & bit.verify &&
		after.from - one.to <= 12 &&
		reading.sentence(after.from) === reading.sentence(one.to)
	)
		return [{ points: 1.5, words: 'the text verifies something with it' }];
	return [];
}

/** Whether no other word goes on with it: 1234, 1234 / 5 min, not 1234 parcels. */
function isLast(one: Candidate, reading: Reading): boolean {
	if (reading.marks[reading.markFrom(one.to)]?.from === one.to + 1) return true;
	return !isLetter(reading.folded.text.charCodeAt(one.to + 1)) || reading.folded.text.charAt(one.to) === '\n';
}

function firstAfter(words: readonly CodeWord[], index: number): number {
	let low = 0;
	let high = words.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((words[middle]?.from ?? 0) < index) low = middle + 1;
		else high = middle;
	}
	return low;
}

const closeness = (gap: number): number =>
	gap <= 4 ? 1 : gap <= 14 ? 0.95 : gap <= 32 ? 0.88 : gap <= 60 ? 0.78 : gap <= 100 ? 0.62 : 0.45;

/** What sentences that end between leave of a tie; two count as many. */
function bordered(reading: Reading, from: number, to: number): number {
	if (to - from <= 4) return 1;
	const ended = reading.sentence(to) - reading.sentence(from);
	return ended === 0 ? 1 : 0.55 ** Math.min(2, ended);
}

/** What other numbers between leave of a tie, which the word is more likely to mean. */
function among(reading: Reading, one: Candidate, from: number, to: number): number {
	const others = reading.numbersIn(from, to) - (from <= one.from && one.from < to ? 1 : 0);
	return others === 0 ? 1 : 0.6 ** Math.min(3, others);
}
