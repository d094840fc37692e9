import { stringify } from 'csv-stringify/sync';
import type { AuditLine, AuditPerson } from '#core/audit-log.ts';
import { safeCell } from '#core/csv.ts';
import * as pieces from '#core/pieces.ts';
import { logFailure } from './requests.ts';

export const formats = { csv: 'text/csv; charset=utf-8; header=present', json: 'application/json; charset=utf-8' };
export type Format = keyof typeof formats;

type Known = { people: readonly AuditPerson[]; numbers: readonly { id: string; e164: string }[] };

const columns = [
	'id',
	'time',
	'actor_kind',
	'actor_id',
	'actor',
	'actor_username',
	'verb',
	'object_kind',
	'object_id',
	'object',
	'before',
	'after',
	'address'
] as const;

/** A line with the names of whom and what it is about; the time in UTC. */
function recordOf(line: AuditLine, { people, numbers }: Known) {
	const person = (id: string | null) => people.find(({ user_id }) => user_id === id);
	const nameOf = (id: string | null) => person(id)?.full_name ?? person(id)?.username ?? null;
	return {
		id: line.id,
		time: new Date(line.created_at).toISOString(),
		actor_kind: line.actor_kind,
		actor_id: line.actor_id,
		actor: nameOf(line.actor_id),
		actor_username: person(line.actor_id)?.username ?? null,
		verb: line.verb,
		object_kind: line.object_kind,
		object_id: line.object_id,
		object:
			line.object_kind === 'phone_number'
				? (numbers.find(({ id }) => id === line.object_id)?.e164 ?? null)
				: nameOf(line.object_id),
		before: line.before,
		after: line.after,
		address: line.address
	};
}

type Row = ReturnType<typeof recordOf>;

/** A file's text, piece by piece, as its batches come. */
export async function* written(
	batches: AsyncIterable<AuditLine[]>,
	known: Known,
	format: Format
): AsyncGenerator<string> {
	const { begin, batch, end } = writers[format];
	yield begin;
	let first = true;
	for await (const lines of batches) {
		yield batch(
			lines.map((line) => recordOf(line, known)),
			first
		);
		first = false;
	}
	yield end;
}

// RFC 4180, and a byte order mark: without it spreadsheets take UTF-8 for something else
const cells = (rows: unknown[][]) => stringify(rows, { record_delimiter: 'windows' });
const cellOf = (value: Row[keyof Row]) =>
	safeCell(typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value));

const writers: Record<Format, { begin: string; batch: (rows: Row[], first: boolean) => string; end: string }> = {
	csv: {
		begin: `\uFEFF${cells([[...columns]])}`,
		batch: (rows) => cells(rows.map((row) => columns.map((column) => cellOf(row[column])))),
		end: ''
	},
	json: {
		begin: '[\n',
		batch: (rows, first) => (first ? '' : ',\n') + rows.map((row) => JSON.stringify(row)).join(',\n'),
		end: '\n]\n'
	}
};

/** The body of an answer; one that breaks off is told of in the log. */
export function bodyOf(made: AsyncGenerator<string>): ReadableStream<Uint8Array> {
	return pieces.bodyOf(made, (cause) => logFailure('export_broke', cause));
}
