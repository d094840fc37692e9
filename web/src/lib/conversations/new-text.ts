import type { Match } from '#core/sending-number.ts';

/** What a form of "New text" came back with. */
export type Refusal = { says?: string; errors: Record<string, string>; values: Record<string, string> };

/** A line of a pasted list: whom it means, or why it means nobody. */
export type Recipient = { line: string; phone: string | null; name: string | null; says: string | null };

/** A pasted list as it was read; `sent` once it was carried out: those with a number have the text. */
export type Told = { recipients: readonly Recipient[]; sent: boolean; values: Record<string, string> };

/** From which numbers a text may go. */
export type Choices = {
	/** Whether whom it is to may decide. */
	automatic: boolean;
	/** Which is chosen to begin with; empty: automatic. */
	chosen: string;
	/** `rests` says why texts cannot go from one now. */
	numbers: readonly { id: string; e164: string; label: string; isDefault: boolean; rests: string | null }[];
};

/** The number that whom it is to would decide for, and why; null while that is nobody yet. */
export type Best = { id: string; match: Match } | null;
