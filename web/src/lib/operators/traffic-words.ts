/** What became of an event: in a list, and in a sentence. */
const outcomes: Readonly<Record<string, readonly [word: string, says: string]>> = {
	stored: ['taken', 'It was taken, and what follows from it has begun.'],
	applied: ['applied', 'It moved its text on.'],
	unchanged: ['nothing new', 'We knew as much or better already.'],
	ignored: ['not for us', 'It is about nothing that we keep.'],
	duplicate: ['known already', 'It is kept already, and changed nothing.'],
	unknown_number: ['nobody’s number', 'Nobody here had this number when the text came. It is in nobody’s thread.'],
	unsupported_sender: ['sender unknown', 'The sender is the address of another channel, which nobody could answer.'],
	foreign_account: ['another account', 'It is about an account of the carrier that is not ours.'],
	unknown_message: ['text unknown', 'We know no such text. It counts as soon as we do.'],
	kept: ['word unknown', 'The carrier used a word for a state that we do not know. It is kept.'],
	read_again: ['read again', 'The payment provider was asked how its object stands now.'],
	nothing_left: ['nothing left', 'What it said was removed since. All that it did stays done.'],
	gone: ['gone', 'It was removed with its text.']
};

export function outcomeWord(outcome: string): string {
	return outcomes[outcome]?.[0] ?? outcome.replaceAll('_', ' ');
}

export function outcomeSays(outcome: string): string {
	return outcomes[outcome]?.[1] ?? outcomeWord(outcome);
}

/** What can be chosen in the filter: states that an event is kept with. */
export const keptOutcomes = [
	...['stored', 'applied', 'unchanged', 'ignored', 'unknown_number', 'unsupported_sender', 'foreign_account'],
	...['unknown_message', 'kept']
].map((value) => ({ value, word: outcomeWord(value) }));

/** Why somebody was refused at the door of a provider. */
export const refusals: Readonly<Record<string, string>> = {
	unconfigured: 'Our door has no secret: nothing is let in. Set it.',
	missing: 'It had no signature.',
	wrong: 'Its signature was not the provider’s for this address.'
};

/** "France", also for a code that is not a country's. */
export function countryOf(code: string): string {
	if (code === '') return 'not known';
	return new Intl.DisplayNames(['en'], { type: 'region', fallback: 'code' }).of(code) ?? code;
}
