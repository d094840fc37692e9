import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import * as common from '@zxcvbn-ts/language-common';
import * as english from '@zxcvbn-ts/language-en';
import { isPersonal, passwordProblem } from './account.ts';

// Half a megabyte of word lists hangs on this module: import it when a password is being chosen, not before.

/** What speaks against a password; `score` is 0 (guessed at once) to 4 (not in a lifetime). */
export type Verdict = { score: number; problem?: 'too_short' | 'too_long' | 'personal' | 'weak' };

/** Characters that are looked at: what is good so far is good, and a long row of signs would keep a server busy for seconds. */
const judged = 32;

const judge = new ZxcvbnFactory({
	dictionary: { ...common.dictionary, ...english.dictionary },
	graphs: common.adjacencyGraphs,
	l33tMaxSubstitutions: 16
});

/**
 * How a password would stand guessing, and whether it may be one: nothing is asked of its composition, only that it is
 * neither common nor personal.
 * @param about what its owner is called: names, address, and the app itself
 */
export function judgePassword(password: string, about: readonly string[]): Verdict {
	const limits = passwordProblem(password);
	if (limits === 'too_long') return { score: 4, problem: limits };
	const words = about.flatMap((one) => [one, ...one.split(/[^\p{L}\p{N}]+/u)]).filter((word) => word.length > 2);
	const { score } = judge.check([...password].slice(0, judged).join(''), words);
	if (limits) return { score, problem: limits };
	if (isPersonal(password, about)) return { score: Math.min(score, 1), problem: 'personal' };
	return score < 2 ? { score, problem: 'weak' } : { score };
}
