import type { Candidate } from './codes-candidates.ts';
import type { Reason } from './codes-evidence.ts';
import { placeOf } from './codes-fold.ts';
import { bit, type Mark } from './codes-lexicon.ts';
import { asksFor, isWithin, strangeLetters, type Reading } from './codes-reading.ts';

/** Points that no evidence makes good. */
const out = -20;

/** How likely a shape is to be a code, before any word is read. */
export function shapePoints({ shape, code, grouped }: Candidate): number {
	const { length } = code;
	if (shape === 'digits')
		return grouped ? 0.8 : length === 6 ? 1 : length >= 4 && length <= 8 ? 0.7 : length === 3 ? -0.4 : -0.6;
	// a name with digits in it: 98point6
	if (shape === 'mixed' && /[a-z]{4}/.test(code)) return -1.2;
	if (shape === 'mixed') return grouped ? 0.3 : length >= 5 && length <= 8 ? 0.3 : length === 4 ? -0.2 : -0.7;
	return /^[A-Z]{4,8}$/.test(code) ? -0.4 : -1.3;
}

/** What speaks against a candidate: what it is written with, what the words beside it name, what the text is about. */
export function countersFor(one: Candidate, reading: Reading): Reason[] {
	if (one.never) return [{ points: out, words: one.never }];
	if (isWithin(one, reading.links)) return [{ points: out, words: 'part of a link or an address' }];
	const { folded, retriever, brokenBound } = reading;
	if (retriever ?? brokenBound) {
		const place = { from: placeOf(folded, one.from), to: placeOf(folded, one.to) };
		if (retriever && isWithin(place, [retriever]))
			return [{ points: out, words: 'the mark by which an app knows its texts' }];
		if (brokenBound && isWithin(place, [brokenBound]))
			return [{ points: out, words: 'a line that looks bound to a site and is not' }];
	}
	const reasons = writtenWith(one, folded.text);
	for (const reason of [namedBefore(one, reading), namedAfter(one, reading), asWhole(reading)])
		if (reason) reasons.push(reason);
	return reasons;
}

const currency = /[$€£¥₹฿₫₩₽₴₺₦₱₪₸₼₾৳₡₲៛₭]/;
const gluedUnit =
	/^\d{1,4}(?:gb|mb|kb|km|kg|mg|ml|cm|mm|am|pm|st|nd|rd|th|mins?|minutes?|hrs?|hours?|days?|d|k|m|p|ppm|pw|pm|rs|usd|eur|inr|mt|kwh|pts|x|gbp|sms|irt|tk|tl|w|v)$/i;
const gluedCurrency =
	/^(?:rs|inr|usd|eur|gbp|aed|sar|ksh|kes|tzs|tsh|ugx|npr|pkr|lkr|thb|idr|rp|rm|php|cny|hkd|sgd|chf|ngn|tk|bdt|vnd)\d+$/i;

const isCurrency = (code: number): boolean => code === 36 || (code >= 0xa3 && currency.test(String.fromCharCode(code)));

/** A star or a bullet. */
const isMask = (code: number): boolean => code === 42 || code === 0x2022 || code === 0x25cf;

/** Whether something of a number or a mask: a digit, a star, a hash. */
const isWritten = (code: number): boolean => isMask(code) || code === hash || (code >= 48 && code <= 57);

const [blank, hash, percent, bracket, plus, stroke, at, underscore] = [32, 35, 37, 40, 43, 47, 64, 95];

/** What its own characters and those beside it say. */
function writtenWith({ from, to, shape, code, grouped }: Candidate, text: string): Reason[] {
	const left2 = text.charCodeAt(from - 2);
	const left = text.charCodeAt(from - 1);
	const right = text.charCodeAt(to);
	const right2 = text.charCodeAt(to + 1);
	const reasons: Reason[] = [];
	const say = (points: number, words: string): void => void reasons.push({ points, words });
	if (isCurrency(left) || isCurrency(right)) say(out, 'an amount');
	else if ((left === blank && isCurrency(left2)) || (right === blank && isCurrency(right2))) say(-4, 'an amount');
	if (right === percent || (right === blank && right2 === percent)) say(out, 'a percentage');
	if (left === plus || (left === bracket && left2 === plus)) say(out, 'a telephone number');
	// *123456* is bold where messengers write so
	const isBold = isMask(left) && left === right && !isWritten(left2) && !isWritten(right2);
	if (!grouped && !isBold && (isMask(left) || isMask(right) || (left === hash && left2 === hash)))
		say(out, 'a masked card or account, or a short dialling code');
	if (shape === 'mixed' && /^[xX]{2,}\d+$/.test(code)) say(out, 'a masked card or account');
	else if (shape === 'mixed' && /^[xX]\d{3,4}$/.test(code)) say(-2.5, 'a masked card or account');
	if (left === underscore || right === underscore || right === at) say(out, 'part of a name or an address');
	if (left === stroke && /[\w/]/.test(text.charAt(from - 2))) say(-3, 'part of a path');
	if (shape === 'mixed' && (gluedUnit.test(code) || gluedCurrency.test(code))) say(out, 'an amount or a measure');
	if (shape !== 'digits') return reasons;
	if (code.length === 10 && code.startsWith('0')) say(-1.5, 'shaped like a telephone number');
	if (code.length === 4 && /^(?:19[5-9]|20[0-4])/.test(code)) say(-0.9, 'shaped like a year');
	if (code.length === 8 && /^20[0-3]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/.test(code))
		say(-0.8, 'shaped like a date');
	return reasons;
}

/** The senses of a word that make the number after it something else. */
const naming = bit.reference | bit.tail | bit.call | bit.money | bit.month | bit.kind | bit.pay;

/** What the word before it names, as far as only small words stand between. */
function namedBefore(one: Candidate, reading: Reading): Reason | null {
	const start = one.from - (one.prefix ? one.prefix.length + 1 : 0);
	let at = reading.markFrom(start) - 1;
	// "order number is 1234": what leads over is skipped
	const nearest = at;
	while (at > 0 && leadsOver(reading.marks[at], reading) && start - (reading.marks[at]?.to ?? 0) <= 6) at--;
	const mark = reading.marks[at];
	if (!mark || !(mark.senses & naming) || mark.senses & (bit.otp | bit.code)) return null;
	if (start - mark.to > 24) return null;
	// "locker 12 is 123456": it has its number, however short
	if (/\d/.test(reading.folded.text.slice(mark.to, start))) return null;
	const gap = start - mark.to;
	const strange = strangeLetters(reading, mark.to, start);
	const line = reading.folded.text.slice(mark.to, start).includes('\n');
	const before = reading.marks[at - 1];
	// "the code for your account is 1234": the sentence is about the code, so that the last word before is less sure
	const less = at < nearest && reading.isAboutCode(mark.from) ? 0.45 : 1;
	// the currency of the number before it
	const counted = /\d ?$/.test(reading.folded.text.slice(Math.max(0, mark.from - 2), mark.from));
	// "code no. 1234", "verification number 1234": the number is the code's
	const ofCode = before && before.senses & (bit.otp | bit.code | bit.verify) && mark.from - before.to <= 3;
	if (mark.senses & bit.reference && !ofCode && strange <= 4 && gap <= 12 && !line)
		return { points: -4 * less, words: 'an order, reference or account number' };
	if (mark.senses & bit.tail && strange <= 6) return { points: -4.5, words: 'the tail of a card or account number' };
	if (mark.senses & bit.call && !ofCode && strange <= 6 && gap <= 14 && !line)
		return { points: -3.5 * less, words: 'a number to call or to text' };
	if (mark.senses & bit.money && !counted && strange <= 4 && gap <= 12 && !line)
		return { points: -3.5 * less, words: 'an amount' };
	if (mark.senses & bit.pay && gap === 1) return { points: -3.5, words: 'an amount' };
	if (mark.senses & bit.month && gap <= 2 && one.code.length <= 4) return { points: -4, words: 'a date' };
	if (mark.senses & bit.kind && !ofCode && strange === 0 && gap <= 3)
		return { points: -1.5, words: 'names something else' };
	return null;
}

/** "Is", "valid"; not "enter", whose number is another than the one before it. */
const leadsOver = (mark: Mark | undefined, { folded }: Reading): boolean =>
	mark !== undefined && !(mark.senses & ~(bit.enter | bit.is | bit.valid)) && !asksFor(mark, folded);

/** What the word after it counts. */
function namedAfter(one: Candidate, reading: Reading): Reason | null {
	const mark = reading.marks[reading.markFrom(one.to)];
	if (!mark || one.shape !== 'digits') return null;
	const between = reading.folded.text.slice(one.to, mark.from);
	if (between.length > 1 || /[^ -]/.test(between)) return null;
	const long = one.code.length >= 5;
	if (mark.senses & bit.money) return { points: -4, words: 'an amount' };
	if (mark.senses & (bit.second | bit.minute | bit.hour | bit.day))
		return { points: long ? -1.5 : -4, words: 'a duration or a time' };
	if (mark.senses & bit.month) return { points: long ? -1 : -4, words: 'a date' };
	if (mark.senses & bit.count) return { points: long ? -1.5 : -3.5, words: 'counts something' };
	return null;
}

/** What the text is about. */
function asWhole(reading: Reading): Reason | null {
	if (reading.advertises === 0 || reading.senses & bit.otp) return null;
	const points = -Math.min(2.1, reading.advertises * 0.7 + (reading.senses & bit.verify ? 0 : 1.2));
	return { points, words: 'the text advertises' };
}
