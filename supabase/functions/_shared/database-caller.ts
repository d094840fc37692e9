import { connect, type ConnectionOptions } from './database-connection.ts';
import { literal } from './database-literal.ts';

/** As which request they ask: what it causes is known by that name (`private.jobs.request_id`). */
type Asking = Readonly<{ request_id?: string }>;

/** A person, as their verified token says: what `request.jwt.claims` holds while the database acts for them. */
export type PersonClaims = Readonly<{ sub: string; session_id: string; role: 'authenticated' }> & Asking;

/** A key that was let in, and where it is used from: the database looks at its row at every statement. */
export type KeyClaims = Readonly<{ key_id: string; address: string | null; role: 'api_key' }> & Asking;

/** Who asks. */
export type Claims = PersonClaims | KeyClaims;

/** One statement, and in whose name. Its values are written by `literal` or `call`. */
export type Asked = { claims: Claims; statement: string };

export type CallerDatabase = ReturnType<typeof createCallerDatabase>;

/**
 * The database as those who call may use it: each statement runs in its caller's role and with their claims, so that all
 * rights come from SQL. A small pool, one round trip a call; role and claims end with it. Raises a `Failure` as the verbs do.
 */
export function createCallerDatabase(url: string, options: ConnectionOptions = {}) {
	const { results, end } = connect(url, options);

	/** Several people's statements in one transaction; the rows of each, in their order. A refusal of one ends all. */
	async function together<Row>(asked: readonly Asked[]): Promise<Row[][]> {
		const steps = asked.map(({ claims, statement }) => `${become(claims)} ${statement};`);
		const answers = await results<Row>(steps.join(' '));
		// before each statement there is the one that becomes its caller
		return answers.slice(-2 * asked.length).filter((_, place) => place % 2 === 1);
	}

	return {
		together,

		/** The rows of one statement. */
		rows: async <Row>(claims: Claims, statement: string): Promise<Row[]> =>
			(await together<Row>([{ claims, statement }]))[0] ?? [],

		/** Closes the pool once what was asked is answered. */
		end
	};
}

function become(claims: Claims): string {
	const told = JSON.stringify(
		claims.role === 'api_key'
			? { role: claims.role, key_id: claims.key_id, address: claims.address }
			: { sub: claims.sub, session_id: claims.session_id, role: claims.role }
	);
	// as the Data API has it
	const headers = JSON.stringify({ 'x-request-id': claims.request_id });
	return `select set_config('role', '${claims.role}', true), set_config('request.jwt.claims', ${literal(told)}, true),
		set_config('request.headers', ${literal(headers)}, true);`;
}

/** Whoever asks, in a word: the same for the same rights. */
export function nameOf(claims: Claims): string {
	return claims.role === 'api_key'
		? `key:${claims.key_id} ${claims.address}`
		: `session:${claims.session_id} ${claims.sub}`;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The database an edge function's environment names: as `edge` itself, or as the host's login in its place. */
export function callerDatabaseOf(env: Environment): CallerDatabase {
	return createCallerDatabase(required(env.EDGE_DATABASE_URL || env.SUPABASE_DB_URL));
}

/** Where notifications are listened to: on the host's own connection, since `edge`'s may lead through a pooler. */
export function listenerUrlOf(env: Environment): string {
	return required(env.SUPABASE_DB_URL || env.EDGE_DATABASE_URL);
}

function required(url: string | undefined): string {
	if (!url) throw new Error('Set EDGE_DATABASE_URL, or SUPABASE_DB_URL.');
	return url;
}
