import postgres from 'postgres';
import { Failure, isSlug } from './core/failures.ts';

export type ConnectionOptions = {
	/** The role to take for each query, where the login is not `edge` itself. */
	role?: 'edge';
	connections?: number;
};

const statementTimeoutSeconds = 8;
const patienceSeconds = 10;

/** A small pool, safe behind a transaction pooler: nothing prepared, nothing kept in the session. */
export function connect(url: string, { role, connections = 5 }: ConnectionOptions) {
	const sql = postgres(url, {
		max: connections,
		prepare: false,
		fetch_types: false,
		connect_timeout: 5,
		idle_timeout: 60,
		// a database that comes back is found within a second
		backoff: (failures: number) => Math.min(0.05 * 2 ** failures, 1),
		onnotice: () => undefined
	});
	// one string is one implicit transaction, so `set local` ends with it
	const timeout = `set local statement_timeout = '${statementTimeoutSeconds}s';`;
	const preamble = role ? `${timeout} set local role ${role};` : timeout;

	return {
		/** The rows of one query without parameters, in one round trip. Raises `asFailure` of what the driver raises. */
		async rows<Row>(query: string): Promise<Row[]> {
			try {
				const results = await within(patienceSeconds, sql.unsafe<Row[][]>(`${preamble} ${query}`));
				return results.at(-1) ?? [];
			} catch (error) {
				throw asFailure(error);
			}
		},

		/** Closes the pool once what was asked is answered. */
		end: () => sql.end({ timeout: 5 })
	};
}

async function within<Result>(seconds: number, work: Promise<Result>): Promise<Result> {
	const { promise, reject } = Promise.withResolvers<never>();
	const timer = setTimeout(reject, seconds * 1000, new Failure('unavailable'));
	try {
		return await Promise.race([work, promise]);
	} finally {
		clearTimeout(timer);
	}
}

// 08 connection, 53 resources, 57 shutdown and cancel, 40 serialization and deadlock: asking again can work
const passing = /^(08|53|57|40)|^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|CONNECT)/;

/** What an error of the driver means: a refusal of ours, `unavailable`, or itself. */
export function asFailure(error: unknown): unknown {
	if (!(error instanceof Error) || error instanceof Failure) return error;
	const { code, detail } = error as Error & { code?: unknown; detail?: unknown };
	if (typeof code !== 'string') return error;
	if (code.startsWith('PT') && isSlug(error.message)) {
		return new Failure(error.message, typeof detail === 'string' ? detail : undefined, { cause: error });
	}
	return passing.test(code) ? new Failure('unavailable', undefined, { cause: error }) : error;
}
