import { SessionEnded, Unreachable, type SessionToken } from './session-token.ts';

/** A Supabase project: its address and its publishable key. */
export type Project = { url: string; key: string };

/** The database refused to answer a read. */
export class ReadRefused extends Error {
	override readonly name = 'ReadRefused';
	/** As the database gave it: one of our refusals, or its own words. */
	readonly slug: string;

	constructor(slug: string) {
		super(slug);
		this.slug = slug;
	}
}

export type Query = Readonly<Record<string, string>>;

/** Reads the views, and asks the functions, of the schema `api` over Supabase's REST interface, as the person who is signed in. */
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
	read<Row>(view: string, query: Query): Promise<Row[]> {
		return this.#ask(`${view}?${new URLSearchParams(query)}`, { headers: { 'accept-profile': 'api' } });
	}

	/** What a function answers that changes nothing; what it is asked stays out of addresses. Throws as `read` does. */
	call<Answer>(name: string, body: object): Promise<Answer> {
		const headers = { 'content-profile': 'api', 'content-type': 'application/json' };
		return this.#ask(`rpc/${name}`, { method: 'POST', headers, body: JSON.stringify(body) });
	}

	async #ask<Answer>(path: string, asked: RequestInit & { headers: Record<string, string> }): Promise<Answer> {
		const token = await this.#token.get();
		let response: Response;
		try {
			response = await this.#fetch(`${this.#project.url}/rest/v1/${path}`, {
				...asked,
				headers: { apikey: this.#project.key, authorization: `Bearer ${token}`, ...asked.headers },
				cache: 'no-store',
				signal: AbortSignal.timeout(15_000)
			});
			if (response.ok) return (await response.json()) as Answer;
		} catch (error) {
			throw new Unreachable(`no answer from ${path}`, { cause: error });
		}
		if (response.status === 401) {
			await this.#token.renew();
			throw new SessionEnded(`${path} was answered with 401`);
		}
		if (response.status >= 500 || response.status === 429) {
			throw new Unreachable(`${path} was answered with ${response.status}`);
		}
		// an answer that is no JSON is nothing we know
		const answer = (await response.json().catch(() => null)) as { message?: string } | null;
		throw new ReadRefused(answer?.message ?? 'internal');
	}
}
