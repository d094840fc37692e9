import type { Context } from 'hono';
import { Hono } from 'hono';
import { Failure } from '../_shared/core/failures.ts';
import { readText } from '../_shared/http/form.ts';
import type { Api } from './app.ts';
import type { CallersToken } from './callers-token.ts';
import { neededScopes } from './needed-scopes.ts';

type Parts = {
	/** The project's own address. */
	supabaseUrl: string;
	/** What its gateway asks for beside a token. */
	publishableKey: string;
	tokenOf: CallersToken;
	fetch: typeof fetch;
};

/** What the Data API listens to, and what it says, beside the body. */
const asked = ['accept', 'accept-profile', 'content-profile', 'content-type', 'prefer', 'range', 'range-unit'];
const said = ['content-type', 'content-range', 'content-profile', 'location', 'preference-applied', 'proxy-status'];

/** In ms; the Data API itself gives up sooner. */
const patience = 20_000;
/** In bytes. */
const largestBody = 1024 * 1024;

/**
 * `/rest/v1/…`: the project's Data API, for whoever has a key, as `supabase-js` asks it. Checked, counted and logged like
 * every other request; then handed on under a token of a minute that names the key, so that the database decides. A person's
 * own token goes along as it is. Refuses with `unavailable`, `maintenance` and `body_too_large`.
 */
export function passThrough({ supabaseUrl, publishableKey, tokenOf, fetch }: Parts): Hono<Api> {
	const routes = new Hono<Api>();
	routes.all('/:name{[a-z_]+}', handOn);
	routes.all('/rpc/:name{[a-z_]+}', handOn);
	return routes;

	async function handOn(c: Context<Api>): Promise<Response> {
		const { pathname, search, searchParams } = new URL(c.req.url);
		const method = c.req.method;
		const body = method === 'GET' || method === 'HEAD' ? null : await readText(c.req.raw, largestBody);
		const headers = picked(c.req.raw.headers, asked);
		headers.set('apikey', publishableKey);
		headers.set('authorization', `Bearer ${await tokenOf(c)}`);
		const url = `${supabaseUrl}${pathname.slice(pathname.indexOf('/rest/v1/'))}${search}`;
		const signal = AbortSignal.any([c.req.raw.signal, AbortSignal.timeout(patience)]);
		let answer: Response;
		try {
			answer = await fetch(url, { method, headers, body, signal, redirect: 'manual' });
		} catch (cause) {
			throw new Failure('unavailable', undefined, { cause });
		}
		const retryAt = answer.ok || body === null ? null : await awakeAt(answer);
		if (retryAt) throw new Failure('maintenance', undefined, { retryAt });
		if (answer.ok) c.set('needed', neededScopes(pathname, searchParams.get('select')));
		const told = picked(answer.headers, said);
		told.set('cache-control', 'no-store');
		return new Response(answer.body, { status: answer.status, headers: told });
	}
}

/** When to come back, where the platform rests (private.require_awake) or the database only reads for now; else null. */
async function awakeAt(answer: Response): Promise<Date | null> {
	const said = (await answer
		.clone()
		.json()
		.catch(() => null)) as { code?: unknown; message?: unknown; hint?: unknown } | null;
	if (said?.message === 'maintenance' && typeof said.hint === 'string') return new Date(said.hint);
	return said?.code === '25006' ? new Date(Date.now() + 60_000) : null;
}

/** What the door refuses, in the words that clients of the Data API read: a refusal of the database has the same. */
export async function inItsForm(c: Context, next: () => Promise<void>): Promise<void> {
	await next();
	if (c.res.headers.get('content-type') !== 'application/problem+json') return;
	const said = (await c.res.json()) as { status: number; code: string; title: string; detail?: string };
	const { code, title, detail = title } = said;
	const answer = { ...said, code: `PT${said.status}`, message: code, details: detail, hint: null };
	const headers = new Headers(c.res.headers);
	headers.set('content-type', 'application/json; charset=utf-8');
	c.res = undefined;
	c.res = new Response(JSON.stringify(answer), { status: said.status, headers });
}

function picked(headers: Headers, names: readonly string[]): Headers {
	const kept = new Headers();
	for (const name of names) {
		const value = headers.get(name);
		if (value !== null) kept.set(name, value);
	}
	return kept;
}
