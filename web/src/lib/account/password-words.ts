import type { Verdict } from '#core/password-strength.ts';

/** What stands beside the meter, by what is wrong, else by score. */
const problems: Readonly<Record<NonNullable<Verdict['problem']>, string>> = {
	too_short: 'Too short',
	too_long: 'Too long: only 72 bytes of a password count',
	personal: 'Easy to guess: leave out your own names and the name of this app',
	weak: 'Easy to guess'
};
const scores = ['Easy to guess', 'Easy to guess', 'Fair', 'Good', 'Strong'] as const;

/** How a password stands, in words; nothing while none is typed. */
export function inWords({ score, problem }: Verdict): string {
	return problem ? problems[problem] : (scores[score] ?? 'Strong');
}
