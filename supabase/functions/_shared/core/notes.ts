/** What a colleague wrote beside a contact's texts; a row of api.notes. */
export type Note = {
	id: string;
	conversation_id: string;
	/** It stands below the text in this place; 0 before all texts. */
	after_seq: number;
	/** Counted together with the conversation's texts. */
	revision: number;
	author_id: string | null;
	body: string;
	/** Members it mentions, whether or not they may see it. */
	mentioned_ids: string[];
	idempotency_key: string;
	created_at: string;
	edited_at: string | null;
	/** Removed: the words are gone. */
	deleted_at: string | null;
};

/** Somebody whom a note mentions and who may not see the conversation. */
export type Unreached = { user_id: string; username: string; full_name: string | null };

/** What adding or changing a note answers. */
export type Told = { note: Note; without_access: Unreached[] };

/** In characters. The database holds the same. */
export const longestNote = 4000;
