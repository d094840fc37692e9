import type { AuditLine, AuditNames } from '#core/audit-log.ts';
import { exactly } from './moments.ts';
import { changesOf, sentenceOf } from './verbs.ts';

/** A line as it is read. The server puts it into words, so that a page need not load them all. */
export type ToldLine = {
	/** Sorts by time. */
	id: string;
	sentence: string;
	/** What the sentence does not say, field by field. */
	changes: { label: string; before: string | null; after: string }[];
	/** ISO 8601 */
	at: string;
	/** The same on the reader's clock. */
	moment: string;
	/** Of the person who did it; null for the platform, a key and who left. */
	username: string | null;
	/** From where, as our server saw it. */
	address: string | null;
};

/** @param zone the reader's time zone */
export function told(line: AuditLine, names: AuditNames, zone: string): ToldLine {
	return {
		id: line.id,
		sentence: sentenceOf(line, names),
		changes: changesOf(line, names),
		at: line.created_at,
		moment: exactly(line.created_at, zone),
		username: names.people.find(({ user_id }) => user_id === line.actor_id)?.username ?? null,
		address: line.address
	};
}

/** A page of the log in words. */
export function toldAll(lines: readonly AuditLine[], names: AuditNames, zone: string): ToldLine[] {
	return lines.map((line) => told(line, names, zone));
}
