import { OpenAPIHono, type z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { Failure, type Slug } from '../_shared/core/failures.ts';
import type { KeyScope } from '../_shared/core/key-scopes.ts';
import { parseBody, parseInput, readBody } from '../_shared/http/input.ts';
import { readFile, type FileWish } from '../_shared/http/file.ts';
import type { Api } from './app.ts';
import { answersOf, describe, requestOf, securityOf, type Answers, type Tag } from './description.ts';
import { once } from './idempotency.ts';
import { Id } from './shapes.ts';

type Input = z.ZodObject;
type Read<Schema> = Schema extends z.ZodType ? z.output<Schema> : Record<never, never>;

/** Which scope a key needs; `any` key does, or it is for `people` only. */
export type Scope = KeyScope | 'any' | 'people';

export type Endpoint<Params, Query, Body> = {
	method: 'get' | 'post' | 'put' | 'patch' | 'delete';
	/** Below the path that its noun is mounted at: `/{id}/cancel`. */
	path: string;
	/** A verb and a noun, the name of the method in generated clients: `cancelVerification`. */
	operationId: string;
	tag: Tag;
	/** A short sentence without a full stop. */
	summary: string;
	description?: string;
	scope: Scope;
	/** What stands in the path; what does not fit is "not found". */
	params?: Params;
	/** Strict: a field that it does not know is named in the refusal. */
	query?: Query;
	/** Strict, of a write; without one, a body is not read. */
	body?: Body;
	/** A write brings bytes in the place of JSON; the rest is in its query. */
	file?: FileWish;
	answers: Answers;
	/** What it may refuse with, beside what every endpoint may. */
	refusals?: readonly Slug[];
};

/** What was asked, as the schemas read it. `bytes`: those of a file, and none where none is wished for. */
export type Asked<Params, Query, Body> = {
	params: Read<Params>;
	query: Read<Query>;
	body: Read<Body>;
	bytes: Uint8Array<ArrayBuffer>;
};

/** The routes of a noun: each endpoint is described and served by one declaration. */
export type Routes = OpenAPIHono<Api>;

/** Routes for one noun. */
export function createRoutes(): Routes {
	return new OpenAPIHono<Api>();
}

/**
 * Serves an endpoint and writes it into the OpenAPI document: asks for the key's scope, reads the input strictly, and lets a
 * write with an `Idempotency-Key` happen once. The handler answers with what `answers` describe.
 */
export function endpoint<
	Params extends Input | undefined = undefined,
	Query extends Input | undefined = undefined,
	Body extends Input | undefined = undefined
>(
	routes: Routes,
	definition: Endpoint<Params, Query, Body>,
	handle: (c: Context<Api>, asked: Asked<Params, Query, Body>) => Promise<Response>
): void {
	const { method, path, scope, params, query, body, file } = definition;
	const writes = method !== 'get';
	const [peoplesQuery, peoplesBody] = [peoples(query), peoples(body)];
	routes.openAPIRegistry.registerPath({
		method,
		path,
		...describe(definition),
		security: securityOf(scope),
		request: requestOf({ params, query, body, file, writes }),
		responses: answersOf(definition)
	});
	routes.on([method], [path.replaceAll(/\{(\w+)\}/g, ':$1')], async (c) => {
		requireScope(c, scope);
		const text = writes && body ? await readBody(c.req.raw) : '';
		const [inQuery, inBody] = c.var.caller.role === 'api_key' ? [query, body] : [peoplesQuery, peoplesBody];
		const asked = {
			params: params ? paramsOf(c, params) : {},
			query: inQuery ? parseInput(c.req.query(), inQuery) : {},
			body: inBody ? parseBody(c.req.raw, text, inBody) : {},
			bytes: file ? await readFile(c.req.raw, file) : none
		} as Asked<Params, Query, Body>;
		const about = namedIn(asked.body) ?? namedIn(asked.query);
		if (about !== undefined) c.set('about', about);
		const sent = file ? asked.bytes : text;
		return writes ? once(c.var.idempotency, c, sent, () => handle(c, asked)) : handle(c, asked);
	});
}

const none = new Uint8Array();

/** The organization that an input names. */
function namedIn(input: object): string | undefined {
	return 'organization_id' in input && typeof input.organization_id === 'string' ? input.organization_id : undefined;
}

/** A person belongs to several organizations and has to name one, where a key need not. */
function peoples(schema: Input | undefined): Input | undefined {
	return schema && 'organization_id' in schema.shape ? schema.extend({ organization_id: Id }) : schema;
}

/** The database refuses as well; here it is told in words, and before anything else. */
function requireScope(c: Context<Api>, scope: Scope): void {
	const { caller } = c.var;
	if (caller.role !== 'api_key' || scope === 'any') return;
	if (scope === 'people') throw new Failure('scope_missing', 'This is for signed-in people.');
	if (!caller.scopes.includes(scope)) throw new Failure('scope_missing', `This takes a key with ${scope}.`);
	c.set('needed', [scope]);
}

/** What does not fit, an id that is none, is nobody's. */
function paramsOf(c: Context<Api>, schema: Input): unknown {
	const read = schema.safeParse(c.req.param());
	if (!read.success) throw new Failure('not_found');
	return read.data;
}
