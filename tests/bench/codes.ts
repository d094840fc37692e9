import { findCodes } from '#core/codes.ts';
import parse from 'parse-otp-message';
import { corpus } from '../core/codes-texts/corpus.ts';
import type { Result } from './measure.ts';

const rounds = 200;

/** How many texts without a code come to a number for each with one. */
const without = 10;

/** Reading texts of some forty languages for codes against the JavaScript library that people take for it. */
export function codes(): Result {
	const some = measure(corpus.filter(({ code }) => code !== null).map(({ text }) => text));
	const none = measure(corpus.filter(({ code }) => code === null).map(({ text }) => text));
	const ratio = (some.ours + without * none.ours) / (some.theirs + without * none.theirs);
	return {
		name: `finding codes in ${corpus.length} texts, ${without} without a code to each with one, against parse-otp-message`,
		ratio,
		bar: '≤ 0.25',
		holds: ratio <= 0.25,
		figures: {
			'µs a text with a code': some.ours,
			'parse-otp-message': some.theirs,
			'ratio with a code': some.ours / some.theirs,
			'µs a text without': none.ours,
			'parse-otp-message, without': none.theirs,
			'ratio without a code': none.ours / none.theirs
		}
	};
}

/** Microseconds that each side takes for a text, in turns: the least of many short rounds, which nothing else interrupted. */
function measure(texts: readonly string[]): { ours: number; theirs: number } {
	const round = (read: (text: string) => unknown): number => {
		const start = performance.now();
		for (const text of texts) read(text);
		return ((performance.now() - start) * 1000) / texts.length;
	};
	let [ours, theirs] = [Infinity, Infinity];
	for (let turn = 0; turn < rounds; turn++) {
		theirs = Math.min(theirs, round(parse));
		ours = Math.min(ours, round(findCodes));
	}
	return { ours, theirs };
}
