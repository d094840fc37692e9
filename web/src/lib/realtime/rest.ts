import { isSlug, type Slug } from '#core/failures.ts';
import { SessionEnded, Unreachable, type SessionToken } from './session-token.ts';

/** A Supabase project: its address and its publishable key. */
export type Project = { url: string; key: string };

/** The database refused to answer a read. */
export class ReadRefused extends Error {
	override readonly name = 'ReadRefused';
	readonly slug: Slug;

	constructor(slug: Slug) {
		super(slug);
		this.slug = slug;
	}
}

export type Query = Readonly<Record<string, string>>;

/** Reads the views of the schema `api` over Supabase's REST interface, as the person who is signed in. */
export class Rest {
	#project: Project;
	#token: SessionToken;
	#fetch: typeof fetch;

	constructor({ project, token, fetch }: { project: Project; token: SessionToken; fetch: typeof globalThis.fetch }) {
		this.#project = project;
		this.#token = token;
		this.#fetch = fetch;
	}

	/**
	 * The rows of a view that fit a PostgREST query (`{ seq: 'lt.40', order: 'seq.desc' }`).
	 * Throws `SessionEnded`, `Unreachable` or `ReadRefused`.
	 */
	async read<Row>(view: string, query: Query): Promise<Row[]> {
		const token = await this.#token.get();
		let response: Response;
		try {
			response = await this.#fetch(`${this.#project.url}/rest/v1/${view}?${new URLSearchParams(query)}`, {
				headers: { apikey: this.#project.key, authorization: `Bearer ${token}`, 'accept-profile': 'api' },
				cache: 'no-store',
				signal: AbortSignal.timeout(15_000)
			});
			if (response.ok) return (await response.json()) as Row[];
		} catch (error) {
			throw new Unreachable(`no answer from ${view}`, { cause: error });
		}
		if (response.status === 401) {
			await this.#token.renew();
			throw new SessionEnded(`${view} was answered with 401`);
		}
		if (response.status >= 500 || response.status === 429) {
			throw new Unreachable(`${view} was answered with ${response.status}`);
		}
		// an answer that is no JSON is nothing we know
		const answer = (await response.json().catch(() => null)) as { message?: unknown } | null;
		const slug = String(answer?.message);
		throw new ReadRefused(isSlug(slug) ? slug : 'internal');
	}
}
