/** What the payment provider remembers, in one SQLite file: it survives kill -9 and a restart. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

/** What every object of Stripe's has; `created` is in seconds. */
export type Thing = { id: string; object: string; created: number };

/** A request to the customer's endpoint that has not been acknowledged yet; `due_at` in ms since 1970. */
export type Delivery = { id: number; event_id: string; attempt: number; due_at: number };

/** Which objects a list is of: `where` over `body` (JSON), `after` and `before` are ids already seen. */
export type Selection = {
	kind: string;
	where?: [sql: string, ...values: SQLInputValue[]][];
	after?: string;
	before?: string;
	limit: number;
};

const schema = `
	create table if not exists objects (
		seq integer primary key autoincrement, id text not null unique, kind text not null, body text not null, hidden text);
	create index if not exists objects_kind on objects (kind, seq);
	create index if not exists objects_customer on objects (kind, body ->> 'customer', seq);
	create index if not exists objects_intent on objects (kind, body ->> 'payment_intent', seq);
	create index if not exists objects_email on objects (body ->> 'email', seq) where kind = 'customer';
	create index if not exists objects_open on objects (body ->> 'expires_at')
		where kind = 'checkout.session' and body ->> 'status' = 'open';
	create index if not exists objects_lives on objects (seq)
		where kind = 'subscription' and body ->> 'ended_at' is null and body ->> 'test_clock' is null;
	create index if not exists objects_clock on objects (kind, body ->> 'test_clock');
	create index if not exists objects_subscription on objects (kind, body ->> 'subscription', seq);
	create index if not exists objects_invoice on objects (kind, body ->> 'invoice', seq);
	create index if not exists objects_paid_by on objects (body ->> '$.payment.payment_intent')
		where kind = 'invoice_payment';
	create index if not exists objects_metered on objects (body ->> 'event_name', body ->> 'timestamp')
		where kind = 'billing.meter_event';
	create table if not exists answers (
		key text primary key, fingerprint text not null, status integer not null, body text not null, created_at integer not null);
	create index if not exists answers_age on answers (created_at);
	create table if not exists deliveries (
		id integer primary key autoincrement, event_id text not null, attempt integer not null, due_at integer not null);
	create index if not exists deliveries_event on deliveries (event_id);
`;

export type Store = ReturnType<typeof openStore>;

/** Opens (and if need be creates) the memory in `folder`; null: one that is forgotten at the end. */
export function openStore(folder: string | null) {
	if (folder !== null) mkdirSync(folder, { recursive: true });
	const db = new DatabaseSync(folder === null ? ':memory:' : join(folder, 'payments.sqlite'), { timeout: 5000 });
	// without fsync per commit: a killed process loses nothing, a power cut may
	db.exec('pragma journal_mode = wal; pragma synchronous = normal;');
	db.exec(schema);

	const prepared = new Map<string, ReturnType<DatabaseSync['prepare']>>();
	function statement(sql: string) {
		const known = prepared.get(sql) ?? db.prepare(sql);
		prepared.set(sql, known);
		return known;
	}
	const all = <Row>(sql: string, ...values: SQLInputValue[]): Row[] => statement(sql).all(...values) as Row[];
	const get = <Row>(sql: string, ...values: SQLInputValue[]): Row | undefined =>
		statement(sql).get(...values) as Row | undefined;
	const parsed = <T>(row: { body: string } | undefined) => (row ? (JSON.parse(row.body) as T) : undefined);

	return {
		all,
		get,
		run: (sql: string, ...values: SQLInputValue[]): number => Number(statement(sql).run(...values).changes),
		/** Keeps a new object; `hidden` is what we have to know of it and Stripe does not show. */
		insert(thing: Thing, hidden?: object): void {
			statement('insert into objects (id, kind, body, hidden) values (?, ?, ?, ?)').run(
				thing.id,
				thing.object,
				JSON.stringify(thing),
				hidden ? JSON.stringify(hidden) : null
			);
		},
		save(thing: Thing): void {
			statement('update objects set body = ? where id = ?').run(JSON.stringify(thing), thing.id);
		},
		/** An object by its id, of that kind if one is named. The caller names its shape. */
		find<T extends Thing = Thing>(id: string, kind?: string): T | undefined {
			const sql = 'select body from objects where id = ? and kind = coalesce(?, kind)';
			return parsed<T>(get<{ body: string }>(sql, id, kind ?? null));
		},
		hidden<T>(id: string): T {
			const row = get<{ hidden: string | null }>('select hidden from objects where id = ?', id);
			return JSON.parse(row?.hidden ?? '{}') as T;
		},
		/** Newest first, one more than `limit` where there is one; before an id: the nearest to it, newest first as well. */
		list<T extends Thing>({ kind, where = [], after, before, limit }: Selection): T[] {
			const place = (id: string) => get<{ seq: number }>('select seq from objects where id = ?', id)?.seq ?? 0;
			const conditions: [string, ...SQLInputValue[]][] = [['kind = ?', kind], ...where];
			if (after) conditions.push(['seq < ?', place(after)]);
			if (before) conditions.push(['seq > ?', place(before)]);
			const rows = all<{ body: string }>(
				`select body from objects where ${conditions.map(([sql]) => sql).join(' and ')}
				order by seq ${before ? 'asc' : 'desc'} limit ?`,
				...conditions.flatMap(([, ...values]) => values),
				limit + 1
			);
			return rows.map(({ body }) => JSON.parse(body) as T);
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
		/** Within a transaction: what was done is undone when it throws, even if the transaction goes on. */
		undoing<Result>(work: () => Result): Result {
			db.exec('savepoint undoing');
			try {
				return work();
			} catch (error) {
				db.exec('rollback to undoing');
				throw error;
			} finally {
				db.exec('release undoing');
			}
		},
		close: () => db.close()
	};
}
