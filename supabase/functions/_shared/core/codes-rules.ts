import type { Reason } from './codes-evidence.ts';
import { fold } from './codes-fold.ts';

/**
 * What an organization taught the recogniser by correcting it: numbers that stand between these words are its codes, or are
 * not. The words are folded, and what has digits among them is written 0, so that the next text of the same wording is meant too.
 */
export type CodeRule = { verdict: 'code' | 'not a code'; before: string; after: string; sender?: string };

/** How many characters before and after a number a rule remembers. */
const remembered = 24;

/** The rule that a correction of a piece of a text becomes. Raises nothing; a piece outside the text gives empty words. */
export function ruleFor(
	text: string,
	piece: { from: number; to: number },
	verdict: CodeRule['verdict'],
	sender?: string
): CodeRule {
	return { verdict, ...around(text, piece), ...(sender === undefined ? {} : { sender }) };
}

/** A text and what the organization taught that can concern it, by wording: asked once for each of its pieces. */
export type Ruling = (piece: { from: number; to: number }) => Reason | null;

/** What the rules say about the pieces of a text; one for a sender counts for that sender only. The last of many wins. */
export function rulingOf(text: string, rules: readonly CodeRule[], sender?: string): Ruling | null {
	if (rules.length === 0) return null;
	const verdicts = new Map<string, CodeRule['verdict']>();
	for (const rule of rules)
		if (rule.sender === undefined || rule.sender === sender) verdicts.set(wordingOf(rule), rule.verdict);
	return (piece) => {
		const verdict = verdicts.get(wordingOf(around(text, piece)));
		return verdict ? reasons[verdict] : null;
	};
}

const reasons: Readonly<Record<CodeRule['verdict'], Reason>> = {
	code: { points: 20, words: 'your organization marked this wording as a code' },
	'not a code': { points: -40, words: 'your organization marked this wording as not a code' }
};

/** What stands around a piece of a text, one line for each side: by it a rule is found. No digit of the text is in it, nor a letter beside one. */
export function wordingOf({ before, after }: Pick<CodeRule, 'before' | 'after'>): string {
	return `${before}\n${after}`;
}

/** A number, or a word with digits in it: both may be a code. */
const zeros = (word: string): string => '0'.repeat(word.length);

export function around(text: string, { from, to }: { from: number; to: number }): { before: string; after: string } {
	const worded = (piece: string): string =>
		fold(piece)
			.lower.replace(/[a-z\d]*\d[a-z\d]*/g, zeros)
			.replace(/\s+/g, ' ');
	return {
		before: worded(text.slice(Math.max(0, from - remembered), from)),
		after: worded(text.slice(to, to + remembered))
	};
}
