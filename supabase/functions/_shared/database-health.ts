import type { Ask } from './database-ask.ts';

/** How a part of the platform was found; `says` is what was wrong, null where it is well. Time in ms. */
export type Found = { part: string; ms: number | null; says: string | null };

/** The service verbs about the platform's own health. */
export const healthVerbs = (ask: Ask) => ({
	recordHealth: ([first, ...others]: readonly Found[]) =>
		first ? ask<null>('record_health', { checks: [first, ...others] }) : Promise.resolve(null),

	/** Makes the two numbers known between which the platform texts itself: their ids, null for one that a tenant has. */
	openPathNumbers: (from: string, to: string) =>
		ask<(string | null)[]>('open_path_numbers', { from_number: from, to_number: to }),

	/** Sends the platform's next own text, if it is time, and notes how those before fared. Answers the text. */
	tendPathTexts: (from: string, to: string) =>
		ask<string | null>('tend_path_texts', { from_number: from, to_number: to })
});
