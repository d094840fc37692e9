import postgres from 'postgres';
import { Failure, isSlug } from './core/failures.ts';

export type ConnectionOptions = {
	/** The role to take for each query, where the login is not `edge` itself. */
	role?: 'edge';
	connections?: number;
};

const statementTimeoutSeconds = 4;
// a pool in which nobody was answered for so long is not heard at the other end
const silenceSeconds = 3.5;
const patienceSeconds = 10;

/** The connections of one stretch of time, until they fall silent. */
type Pool = { sql: postgres.Sql; heardAt: number; silent: PromiseWithResolvers<never> };

/** A small pool, safe behind a transaction pooler: nothing prepared, nothing kept in the session. */
export function connect(url: string, { role, connections = 5 }: ConnectionOptions) {
	let pool = open();
	// one string is one implicit transaction, so `set local` ends with it
	const timeout = `set local statement_timeout = '${statementTimeoutSeconds}s';`;
	const preamble = role ? `${timeout} set local role ${role};` : timeout;

	function open(): Pool {
		const sql = postgres(url, {
			max: connections,
			prepare: false,
			fetch_types: false,
			connect_timeout: 2,
			// what nobody has used for a while may be dead by now: a new one costs less than to find out
			idle_timeout: 5,
			// a database that comes back is found within a second
			backoff: (failures: number) => Math.min(0.05 * 2 ** failures, 1),
			onnotice: () => undefined
		});
		const silent = Promise.withResolvers<never>();
		// it concerns those who wait, and often there is nobody
		silent.promise.catch(() => undefined);
		return { sql, heardAt: performance.now(), silent };
	}

	/** The driver waits for ever on a connection that never answers, and asks on it again: the whole pool goes. */
	function leave(left: Pool): void {
		if (pool === left) pool = open();
		left.silent.reject(new Failure('unavailable'));
		void left.sql.end({ timeout: 0 });
	}

	/** The results of a query's statements. Raises what the driver raises, or `unavailable` when there is no answer. */
	async function ask<Row>(query: string): Promise<Row[][]> {
		const asked = pool;
		const began = performance.now();
		const hear = () => (asked.heardAt = performance.now());
		const answer = asked.sql.unsafe<Row[][]>(query);
		answer.then(hear, (error: unknown) => error instanceof postgres.PostgresError && hear());
		const late = Promise.withResolvers<never>();
		const silence = setTimeout(() => asked.heardAt <= began && leave(asked), silenceSeconds * 1000);
		const end = setTimeout(() => late.reject(new Failure('unavailable')), patienceSeconds * 1000);
		try {
			return await Promise.race([answer, asked.silent.promise, late.promise]);
		} finally {
			clearTimeout(silence);
			clearTimeout(end);
		}
	}

	/** The rows of each statement of a query without parameters. Raises `asFailure` of what the driver raises. */
	async function results<Row>(query: string): Promise<Row[][]> {
		try {
			return await ask<Row>(`${preamble} ${query}`);
		} catch (error) {
			if (isReadOnly(error)) await ask(`${preamble} select service.require_awake()`).catch(raise);
			throw asFailure(error);
		}
	}

	return {
		results,

		/** The rows of a query's last statement, in one round trip. */
		rows: async <Row>(query: string): Promise<Row[]> => (await results<Row>(query)).at(-1) ?? [],

		/** Closes the pool once what was asked is answered. */
		end: () => pool.sql.end({ timeout: 5 })
	};
}

/** Of a verb that reads only (private.only_read), or a database that is only to be read. */
const isReadOnly = (error: unknown) => (error as { code?: unknown } | null)?.code === '25006';

function raise(error: unknown): never {
	throw asFailure(error);
}

const inAMinute = () => new Date(Date.now() + 60_000);

// 08 connection, 53 resources, 57 shutdown and cancel, 40 serialization and deadlock: asking again can work
const passing = /^(08|53|57|40)|^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|CONNECT)/;

/** What an error of the driver means: a refusal of ours, `unavailable`, or itself. */
export function asFailure(error: unknown): unknown {
	if (!(error instanceof Error) || error instanceof Failure) return error;
	const { code, detail, hint } = error as Error & { code?: unknown; detail?: unknown; hint?: unknown };
	if (typeof code !== 'string') return error;
	if (code.startsWith('PT') && isSlug(error.message)) {
		// private.fail's hint is the moment to try again
		const retryAt = typeof hint === 'string' ? new Date(hint) : undefined;
		return new Failure(error.message, typeof detail === 'string' ? detail : undefined, { cause: error, retryAt });
	}
	if (isReadOnly(error)) return new Failure('maintenance', undefined, { cause: error, retryAt: inAMinute() });
	return passing.test(code) ? new Failure('unavailable', undefined, { cause: error }) : error;
}
