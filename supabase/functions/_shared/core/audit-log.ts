/** A line of an organization's audit log, as api.audit_log has it. */
export type AuditLine = {
	/** Sorts by time. */
	id: string;
	actor_kind: 'person' | 'key' | 'platform';
	actor_id: string | null;
	/** `noun.deed`, for example `role.changed` */
	verb: string;
	object_kind: string;
	object_id: string | null;
	/** What was, by field; secrets are never here. */
	before: unknown;
	/** What is since then, by field. */
	after: unknown;
	/** From where, as our server saw it. */
	address: string | null;
	/** ISO 8601 */
	created_at: string;
};

/** Somebody whom the log can name, also one who has left. */
export type AuditPerson = { user_id: string; username: string; full_name: string | null; has_acted: boolean };

/** Which lines somebody wants to see. `since` and `until` are days (2026-11-22), both included. */
export type AuditFilters = {
	/** A person's id, or `platform`. */
	actor: string | null;
	verb: string | null;
	since: string | null;
	until: string | null;
};

/** Whom and what the lines of a page can name. */
export type AuditNames = {
	people: readonly AuditPerson[];
	numbers: readonly { id: string; e164: string }[];
	/** What the platform calls itself. */
	platform: string;
};
