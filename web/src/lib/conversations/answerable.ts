import type { OptOutSource } from '#core/conversations.ts';

/** Whether a text can be sent back at all: a sender's name ('Bookable') is no number. Colleagues can always be answered. */
export function isAnswerable({
	contact_number: number,
	phone_number_id: ours
}: {
	contact_number: string | null;
	phone_number_id?: string | null;
}): boolean {
	return ours === null || (number !== null && !/[A-Za-z]/.test(number));
}

const because: Readonly<Record<OptOutSource, string>> = {
	keyword: 'they wrote STOP',
	carrier: 'the carrier told us that they opted out',
	person: 'a colleague wrote down that they opted out',
	import: 'they stand on a list of opt-outs that was imported'
};

/** Why somebody may not be texted, as the end of a sentence and as a text of its own. Only a text can have said STOP. */
export function optedOutBecause({ opt_out_source: source }: { opt_out_source: OptOutSource | null }): {
	why: string;
	says: string;
} {
	const why = source ? because[source] : 'they opted out';
	return { why, says: `${why.charAt(0).toUpperCase()}${why.slice(1)}. They can start again by writing START.` };
}
