/** What the carrier remembers, in one SQLite file: it survives kill -9 and a restart. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

/** `peer` is what never touches the account: handset to handset, and the network's own answers to STOP, START and HELP. */
export type Direction = 'inbound' | 'outbound-api' | 'peer';

/** A file of a text, as the account may fetch it until it deletes it. `token` is its name on the CDN. */
export type Media = {
	seq: number;
	sid: string;
	text_sid: string;
	type: string;
	bytes: Uint8Array<ArrayBuffer>;
	token: string;
	created_at: number;
};

/** One text; `media` is the JSON of its files' sids. Times are milliseconds since 1970; `shown_at` is when a handset has it on its screen. */
export type Text = {
	seq: number;
	sid: string;
	direction: Direction;
	sender: string;
	recipient: string;
	body: string;
	media: string;
	segments: number;
	status: string;
	error_code: number | null;
	handset_status: 'sending' | 'delivered' | 'failed' | 'received' | null;
	callback: string | null;
	service_sid: string | null;
	created_at: number;
	updated_at: number;
	sent_at: number | null;
	shown_at: number | null;
};

/** An owned number; `settings` is the JSON of what Twilio lets its owner set. */
export type OwnedNumber = {
	seq: number;
	sid: string;
	number: string;
	settings: string;
	created_at: number;
	updated_at: number;
};

/** A status that a text will take at `due_at`. */
export type Step = { id: number; sid: string; status: string; error_code: number | null; due_at: number };

/** A request to the customer that has not been acknowledged yet. */
export type Webhook = {
	id: number;
	kind: 'callbacks' | 'inbound';
	sid: string;
	/** Requests of one lane leave one after the other. */
	lane: string;
	url: string;
	method: string;
	parameters: string;
	token: string;
	attempt: number;
	due_at: number;
};

/** How the next texts to a handset end; `code` is Twilio's error code. */
export type Outcome = { status: 'delivered' | 'undelivered' | 'failed'; code: number | null };

const schema = `
	create table if not exists texts (
		seq integer primary key autoincrement, sid text not null unique, direction text not null, sender text not null,
		recipient text not null, body text not null, media text not null, segments integer not null, status text not null,
		error_code integer, handset_status text, callback text, service_sid text,
		created_at integer not null, updated_at integer not null, sent_at integer, shown_at integer);
	create index if not exists texts_sender on texts (sender, seq);
	create index if not exists texts_recipient on texts (recipient, seq);
	create table if not exists media (
		seq integer primary key autoincrement, sid text not null unique, text_sid text not null, type text not null,
		bytes blob not null, token text not null unique, created_at integer not null);
	create index if not exists media_text on media (text_sid, seq);
	create table if not exists numbers (
		seq integer primary key autoincrement, sid text not null unique, number text not null unique, settings text not null,
		created_at integer not null, updated_at integer not null);
	create table if not exists sold (number text primary key, sold_at integer not null);
	create table if not exists opt_outs (number text not null, handset text not null, primary key (number, handset));
	create table if not exists outcomes (handset text primary key, status text not null, code integer);
	create table if not exists steps (
		id integer primary key, sid text not null, status text not null, error_code integer, due_at integer not null);
	create table if not exists webhooks (
		id integer primary key, kind text not null, sid text not null, lane text not null, url text not null,
		method text not null, parameters text not null, token text not null, attempt integer not null, due_at integer not null);
`;

export type Store = ReturnType<typeof openStore>;

/** Opens (and if need be creates) the carrier's memory in `folder`. */
export function openStore(folder: string) {
	mkdirSync(folder, { recursive: true });
	const db = new DatabaseSync(join(folder, 'carrier.sqlite'), { timeout: 5000 });
	// without fsync per commit: a killed process loses nothing, a power cut may
	db.exec('pragma journal_mode = wal; pragma synchronous = normal;');
	db.exec(schema);

	const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>();
	function statement(sql: string) {
		const known = prepared.get(sql) ?? db.prepare(sql);
		prepared.set(sql, known);
		return known;
	}

	return {
		/** The rows of a query. The caller names their shape, which is the schema's above. */
		all: <Row>(sql: string, ...values: SQLInputValue[]): Row[] => statement(sql).all(...values) as Row[],
		/** The first row of a query. */
		get: <Row>(sql: string, ...values: SQLInputValue[]): Row | undefined =>
			statement(sql).get(...values) as Row | undefined,
		/** Runs a change and answers how many rows it touched. */
		run: (sql: string, ...values: SQLInputValue[]): number => Number(statement(sql).run(...values).changes),
		/** Inserts an object whose keys are the columns and answers the row as stored. */
		insert<Row>(table: 'texts' | 'media' | 'numbers' | 'steps' | 'webhooks', row: Record<string, SQLInputValue>): Row {
			const columns = Object.keys(row);
			const places = columns.map(() => '?').join(', ');
			const sql = `insert into ${table} (${columns.join(', ')}) values (${places}) returning *`;
			return statement(sql).get(...Object.values(row)) as Row;
		},
		/** All or nothing. Not to be nested. */
		transaction<Result>(work: () => Result): Result {
			db.exec('begin immediate');
			try {
				const result = work();
				db.exec('commit');
				return result;
			} catch (error) {
				db.exec('rollback');
				throw error;
			}
		},
		close: () => db.close()
	};
}
