import { fold, placeOf } from './codes-fold.ts';
import { considerCodes, type CodeRule } from './codes.ts';

/** A code of a text from outside, as it is stored beside the text. */
export type ReceivedCode = {
	/** As it must be typed. */
	code: string;
	/** As it stands in the text. */
	surface: string;
	/** How else it stands in the text: split, joined, in other digits. Each is masked. */
	forms: readonly string[];
	/** From this UTF-16 unit up to, not including, the other. */
	from: number;
	to: number;
	score: number;
	/** In words; never the code itself. */
	reasons: readonly string[];
	/** Whom the text names. */
	service: string | null;
	valid_seconds: number | null;
};

/** What the database knows about a text besides its words. */
export type Context = { services: readonly string[]; rules: readonly CodeRule[] };

/** What could make other codes of it: that one is waited for, and rules with these wordings. */
export type Doubts = { unsure: boolean; wordings: readonly string[] };

/**
 * The codes in a text from outside, the likeliest first. The one place that asks the recogniser for them. `doubts` is null
 * where nothing that the database knows could change them.
 */
export function receivedCodes(
	body: string,
	sender: string,
	context?: Context
): { codes: readonly ReceivedCode[]; doubts: Doubts | null } {
	const { codes, unsure, wordings } = considerCodes(body, { sender, ...context });
	const received = codes.map(({ code, from, to, score, reasons, service, validSeconds }) => ({
		code,
		surface: body.slice(from, to),
		forms: formsOf(body, code),
		from,
		to,
		score,
		// a reason may quote what stands around a code, and is for everybody
		reasons: reasons.filter((reason) => !reason.includes(code)),
		service,
		valid_seconds: validSeconds
	}));
	return { codes: received, doubts: wordings.length > 0 ? { unsure, wordings } : null };
}

/** What a text is cut into: what may split a code, and what stands between that. */
const stretches = /[\s\p{Pd}._·•]+|[^\s\p{Pd}._·•]+/gu;
const isSplit = /^[\s\p{Pd}._·•]{1,3}$/u;

/** How a code stands in a text, whatever its digits, its upper and lower case, and what splits it. Letters alone are words. */
function formsOf(body: string, code: string): string[] {
	if (!/\d/.test(code)) return [];
	const folded = fold(body);
	let joined = '';
	const places: number[] = [];
	for (const { 0: stretch, index } of folded.lower.matchAll(stretches)) {
		if (isSplit.test(stretch)) continue;
		joined += stretch;
		for (let unit = 0; unit < stretch.length; unit++) places.push(index + unit);
	}
	const wanted = [...fold(code).lower.matchAll(stretches)]
		.map(([stretch]) => (isSplit.test(stretch) ? '' : stretch))
		.join('');
	const forms = new Set<string>();
	for (let at = joined.indexOf(wanted); at !== -1; at = joined.indexOf(wanted, at + 1)) {
		const [from = 0, to = 0] = [places[at], places[at + wanted.length - 1]];
		forms.add(body.slice(placeOf(folded, from), placeOf(folded, to) + 1));
	}
	return [...forms];
}
