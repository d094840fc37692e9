/**
 * Finds the verification codes in a text: formats that leave no doubt first, then what the words around a number say for and
 * against it, in some sixty languages. Pure, and linear in the length of the text.
 */
import type { Candidate } from './codes-candidates.ts';
import { countersFor, shapePoints } from './codes-counter.ts';
import { codeWordsOf, evidenceFor, type CodeWord, type Reason } from './codes-evidence.ts';
import { placeOf } from './codes-fold.ts';
import { bit } from './codes-lexicon.ts';
import { read, type Reading } from './codes-reading.ts';
import { around, rulingOf, wordingOf, type CodeRule } from './codes-rules.ts';
import { issuingService, mentions } from './codes-service.ts';
import { statedValidity } from './codes-validity.ts';

export { ruleFor, wordingOf, type CodeRule } from './codes-rules.ts';

/** What is known besides the text. */
export type CodeContext = {
	/** Who sent it: a number or a name. */
	sender?: string;
	/** The names of the services whose codes this organization waits for. */
	services?: readonly string[];
	/** What this organization corrected. */
	rules?: readonly CodeRule[];
};

/** A piece of a text that is a code, or looked like one. Places are UTF-16 units of the text as it came. */
export type FoundCode = {
	/** As it must be typed: in ASCII digits, without blanks, dashes between digits or a prefix such as G-. */
	code: string;
	from: number;
	to: number;
	/** From 0 to 1; a code from 0.5. */
	score: number;
	/** In words, the weightiest first. */
	reasons: string[];
	/** Who issued it, when the text says so. */
	service: string | null;
	/** How many seconds it is said to be valid. */
	validSeconds: number | null;
};

/** A candidate that is not a code, and why. */
export type RejectedCode = Omit<FoundCode, 'service' | 'validSeconds'>;

/** How many points make a code. */
const enough = 2.5;
/** How many it is worth that a code of the service that a text names is waited for. */
const expectation = 0.8;
/** With that it would be one. Sums are not exact. */
const nearlyEnough = enough - expectation - 1e-9;

const unsupported: Reason = { points: -2, words: 'no word near it speaks of a code' };
/** Somebody waits for a code, and the text is nothing but a number. */
const bare: Reason = { points: 2.1, words: 'the text is nothing else, and a code is waited for' };

/** The codes of a text, best first; none when it holds none. */
export function findCodes(text: string, context: CodeContext = {}): FoundCode[] {
	const reading = mayHold(text) ? read(text, !context.rules?.length && !context.services?.length) : null;
	return reading ? accept(reading, judge(reading, context), context) : [];
}

/** Codes, and what could change that is not known from the text alone. */
export type Considered = {
	codes: FoundCode[];
	/** Nothing was found, and something would be if its service were waited for, or any where the text is but a number. */
	unsure: boolean;
	/** What stands around everything with the shape of a code: a rule with one of these concerns this text. */
	wordings: string[];
};

/** How many places a text is asked for rules about. */
const mostWordings = 40;

/** The codes of a text, best first, and what a second look with more context could depend on. */
export function considerCodes(text: string, context: CodeContext = {}): Considered {
	const reading = mayHold(text) ? read(text, false) : null;
	if (!reading) return { codes: [], unsure: false, wordings: [] };
	const judged = judge(reading, context);
	const codes = accept(reading, judged, context);
	const barely = isBare(reading) ? enough - bare.points + unsupported.points : Infinity;
	const couldBe = (one: Judged): boolean => one.points >= (one.supported ? nearlyEnough : barely);
	const unsure = codes.length === 0 && judged.some(couldBe);
	const wordings = judged.slice(0, mostWordings).map((one) => wordingOf(around(text, one)));
	return { codes, unsure, wordings: [...new Set(wordings)] };
}

/** The codes of a text, and what else looked like one with the reasons against it. */
export function explainCodes(
	text: string,
	context: CodeContext = {}
): { accepted: FoundCode[]; rejected: RejectedCode[] } {
	const reading = mayHold(text) ? read(text, false) : null;
	if (!reading) return { accepted: [], rejected: [] };
	const judged = judge(reading, context);
	const accepted = accept(reading, judged, context);
	const codes = new Set(accepted.map(({ code }) => code));
	return { accepted, rejected: judged.filter(({ code }) => !codes.has(code)).map(shown) };
}

/** Digits of any script, capitals, or a sign after which letters could be a code. */
function mayHold(text: string): boolean {
	let capitals = 0;
	let isAscii = true;
	for (let index = 0; index < text.length; index++) {
		const code = text.charCodeAt(index);
		if ((code >= 48 && code <= 58) || code === 35 || code === 61) return true;
		capitals = code >= 65 && code <= 90 ? capitals + 1 : 0;
		if (capitals === 4) return true;
		if (code >= 128) isAscii = false;
	}
	return !isAscii && /[\p{N}：]/u.test(text);
}

function accept(reading: Reading, judged: readonly Judged[], context: CodeContext): FoundCode[] {
	const likely = judged.filter(({ points }) => points >= enough);
	if (likely.length === 0) return [];
	const accepted = likely.length === 1 ? likely : distinct(likely.sort(byPoints));
	const best = accepted[0]?.points ?? 0;
	// letters alone are a code only where no number is; and what falls far behind the best is doubtful beside it
	const numbers = accepted.some(({ letters }) => !letters);
	const kept = accepted.filter(
		(one, index) =>
			one.points >= best - 2.5 &&
			!(one.letters && numbers) &&
			!accepted.slice(0, index).some((better) => isSpent(better, one, reading))
	);
	const service = issuingService(reading, context.services ?? []);
	const validSeconds = statedValidity(reading);
	return kept.map((one) => {
		const { code, from, to, score, reasons } = shown(one);
		return { code, from, to, score, reasons, service, validSeconds };
	});
}

/** Whether the word that says it is a code says so of a better one. "Your codes: 1234, 5678" are as good as each other. */
function isSpent(better: Judged, one: Judged, { original }: Reading): boolean {
	const at = one.reasons.find((reason) => reason.at !== undefined)?.at;
	if (at === undefined || !better.reasons.some((reason) => reason.at === at)) return false;
	const between = original.slice(Math.min(better.to, one.to), Math.max(better.from, one.from));
	return (between.match(/\p{L}/gu)?.length ?? 0) > 4;
}

type Judged = {
	code: string;
	from: number;
	to: number;
	points: number;
	reasons: Reason[];
	/** Letters alone, and nobody said that they are a code. */
	letters: boolean;
	/** Some word speaks for it. */
	supported: boolean;
};

const byPoints = (one: Judged, other: Judged): number => other.points - one.points || one.from - other.from;

function judge(reading: Reading, context: CodeContext): Judged[] {
	const { bound } = reading;
	const codeWords = codeWordsOf(reading);
	const expected = !context.services?.length ? [] : isBare(reading) ? [bare] : isExpected(reading, context);
	const judged: Judged[] = [];
	const ruling = rulingOf(reading.original, context.rules ?? [], context.sender);
	for (const one of reading.candidates) {
		const place = placesOf(one, reading);
		const rule = ruling?.(place) ?? null;
		if (rule && rule.points > 0) judged.push(marked(one, place, rule));
		else if (one.shape !== 'letters' || isAnnounced(one, reading))
			judged.push(weigh(one, place, reading, codeWords, rule ? [rule] : expected));
	}
	if (bound) {
		const reasons = [{ points: 20, words: `bound to ${bound.host} by the last line` }];
		const { code, from, to } = bound;
		judged.push({ code, from, to, points: 20, reasons, letters: false, supported: true });
	}
	return judged.length > 1 ? withoutNamed(judged) : judged;
}

/** A number that one place names as an order or an account is not a code in another. */
function withoutNamed(judged: Judged[]): Judged[] {
	const named = judged.filter(({ reasons }) => reasons.some(isNaming)).map(({ code }) => code);
	if (named.length === 0) return judged;
	const codes = new Set(named);
	const elsewhere = { points: -4, words: 'elsewhere in the text an account or order' };
	return judged.map((one) =>
		codes.has(one.code) && one.points >= enough && one.points < 10
			? { ...one, points: 0, reasons: [...one.reasons, elsewhere] }
			: one
	);
}

const isNaming = ({ words }: Reason): boolean => words === 'an order, reference or account number';

/** Where a candidate stands in the text as it came. */
function placesOf(one: Candidate, { folded }: Reading): { from: number; to: number } {
	return { from: placeOf(folded, one.from), to: placeOf(folded, one.to - 1) + 1 };
}

/** A person said that what stands here is a code: whatever it looks like. */
const marked = (one: Candidate, place: { from: number; to: number }, rule: Reason): Judged => ({
	...place,
	...{ code: one.code, points: rule.points, reasons: [rule], letters: false, supported: true }
});

/** `known`: what is known besides the text; a rule of the organization, or that its service is waited for. */
function weigh(
	one: Candidate,
	place: { from: number; to: number },
	reading: Reading,
	codeWords: readonly CodeWord[],
	known: readonly Reason[]
): Judged {
	const against = countersFor(one, reading);
	const reasons = against.some(({ points }) => points <= -20) ? [] : evidenceFor(one, reading, codeWords);
	const supported = known.includes(bare) || reasons.some(({ points }) => points > 0);
	reasons.push(...against);
	if (supported || known.some(({ points }) => points < 0)) reasons.push(...known);
	if (!supported) reasons.push(unsupported);
	let points = 0;
	for (const reason of reasons) points += reason.points;
	return {
		code: one.code,
		...place,
		points: shapePoints(one) + points,
		reasons,
		letters: one.shape === 'letters',
		supported
	};
}

/** Whether letters alone stand where a code is announced: "code: ABCDEF", or "ABCDEF is your code" in capitals. */
function isAnnounced(one: Candidate, reading: Reading): boolean {
	const { marks, folded } = reading;
	const at = reading.markFrom(one.from);
	const [before, own, after] = [marks[at - 1], marks[at], marks[reading.markFrom(one.to)]];
	if ((own && own.from < one.to) || (before && before.to > one.from)) return false;
	const capitals = /^[A-Z]+$/.test(one.code);
	const lead = before ? folded.text.slice(before.to, one.from) : '';
	const said = bit.otp | bit.code | bit.verify | bit.enter;
	const beside = /^[A-Z]{2,}\b/.test(folded.text.slice(one.to + 1, one.to + 12));
	if (before && before.senses & said && capitals && !beside && /^[\s:="'“«<([-]{1,4}$/.test(lead)) return true;
	const ends = /^[\s.!"'”»>)\]]*(?:\n|$)/.test(folded.text.slice(one.to, one.to + 8));
	if (before && before.senses & said && ends && /^\s?[:=]\s{0,2}["'“«]?$/.test(lead)) return true;
	const follows = after ? folded.text.slice(one.to, after.from) : '';
	return capitals && one.from <= 2 && after !== undefined && !!(after.senses & bit.enter) && follows === ' ';
}

/** A service that is waited for and named, by the text or as its sender, makes a code likelier. */
function isExpected(reading: Reading, { services = [], sender }: CodeContext): Reason[] {
	const named = services.find(
		(service) =>
			mentions(reading.folded.lower, service) || (sender !== undefined && mentions(sender.toLowerCase(), service))
	);
	return named === undefined ? [] : [{ points: expectation, words: `a code of ${named} is waited for` }];
}

/** Whether a text is one number and nothing else. */
function isBare({ candidates: [one, ...others], folded: { text } }: Reading): boolean {
	if (one?.shape !== 'digits' || one.never || others.length > 0) return false;
	return /^[\s.!"'“”«»()[\]<>]*$/.test(text.slice(0, one.from) + text.slice(one.to));
}

/** The same code once, where it is surest. */
function distinct(judged: Judged[]): Judged[] {
	const seen = new Set<string>();
	return judged.filter(({ code }) => !seen.has(code) && seen.add(code));
}

function shown({ code, from, to, points, reasons }: Judged): RejectedCode {
	// by weight, in place: there are few, and their order is nearly right
	for (let index = 1; index < reasons.length; index++) {
		const one = reasons[index] as Reason;
		let at = index;
		for (; at > 0 && weight(reasons[at - 1]) < weight(one); at--) reasons[at] = reasons[at - 1] as Reason;
		reasons[at] = one;
	}
	const score = 1 / (1 + Math.exp(enough - Math.max(-30, Math.min(30, points))));
	return { code, from, to, score: Math.round(score * 1000) / 1000, reasons: reasons.map(({ words }) => words) };
}

const weight = (reason: Reason | undefined): number => Math.abs(reason?.points ?? 0);
