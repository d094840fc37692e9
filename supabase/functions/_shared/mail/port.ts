/** A letter as it leaves: the same in two forms, for programs that show HTML and for those that do not. */
export type Letter = { subject: string; html: string; text: string };

export type Posting = {
	/** The reader's address. Never in a log. */
	to: string;
	letter: Letter;
	/** Where one POST ends letters like it, for the reader's mail program to offer (RFC 8058). */
	unsubscribe?: string;
	/** Names the job, so that a letter that went out twice is known to be the same one. */
	id: string;
};

/**
 * How it ended. `refused`: the reader's mail server does not take it, and will not tomorrow. `not_taken`: worth another try.
 * `error` names codes only: what servers say in words repeats addresses.
 */
export type Posted = { outcome: 'taken' } | { outcome: 'refused' | 'not_taken'; error: string };

/** Whoever carries our letters. */
export interface Post {
	send(posting: Posting): Promise<Posted>;
}
