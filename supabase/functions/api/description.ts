import { z } from '@hono/zod-openapi';
import { failures, type Slug } from '../_shared/core/failures.ts';
import { keyScopes } from '../_shared/core/key-scopes.ts';
import type { Endpoint, Scope } from './endpoint.ts';

/** The nouns that the reference is ordered by. */
export const tags = {
	Account: 'Who you are to the API.',
	Messages: 'Texts that are sent and received.',
	Conversations: 'Texts with one person on one number.',
	Contacts: 'People, by their numbers.',
	'Opt-outs': 'Who may not be texted.',
	Numbers: 'Your numbers, and those that can be bought.',
	Verifications: 'Codes that others text to your numbers.',
	Webhooks: 'What is told to your servers.',
	Usage: 'How much was used, and what it cost.'
} as const;
export type Tag = keyof typeof tags;

/** An answer that succeeded: its schema, or what else is to be said of it. */
export type Answer =
	| z.ZodType
	| {
			description: string;
			schema?: z.ZodType;
			content?: Readonly<Record<string, object>>;
			headers?: readonly HeaderName[];
	  };
export type Answers = Readonly<Record<number, Answer>>;

type Described = Endpoint<z.ZodObject | undefined, z.ZodObject | undefined, z.ZodObject | undefined>;

/** Headers that answers have, in the words of the document. */
export const headers = {
	'RateLimit-Policy': 'What may be asked in which time: draft-ietf-httpapi-ratelimit-headers.',
	RateLimit: 'What is left of it, and in how many seconds all will be.',
	'X-Request-Id': 'The id of this request, in our log as well.',
	'Retry-After': 'In how many seconds the same request is worth another try. Obeying it is enough.',
	ETag: 'Changes with what is answered: send it back as `If-None-Match`.',
	Link: 'The address of the next page, with `rel="next"` (RFC 8288). Absent on the last one.',
	'Idempotency-Replayed': '`true` where an earlier request with this `Idempotency-Key` was answered.'
} as const;
type HeaderName = keyof typeof headers;

/** Problem details: what every refusal is. */
export const Problem = z
	.object({
		type: z.string().openapi({ format: 'uri-reference', description: 'A page that explains it.' }),
		title: z.string().openapi({ description: 'What happened, in a sentence.' }),
		status: z.int(),
		code: z.string().openapi({ description: 'Stable, for programs.' }),
		detail: z.string().optional(),
		request_id: z.string().optional(),
		errors: z
			.array(z.object({ field: z.string(), says: z.string() }))
			.optional()
			.openapi({ description: 'Field by field, those that are not known among them.' })
	})
	.openapi('Problem');

export function describe({ operationId, tag, summary, description, scope }: Described) {
	const needs =
		scope === 'people'
			? 'For people only.'
			: scope === 'any'
				? ''
				: `A key needs \`${scope}\`: ${keyScopes[scope].says.toLowerCase()}.`;
	const all = [description, needs].filter(Boolean).join('\n\n');
	return { operationId, tags: [tag], summary, ...(all && { description: all }) };
}

/** People have roles in the place of scopes. */
export function securityOf(scope: Scope): Record<string, string[]>[] {
	const person = { accessToken: [] };
	if (scope === 'people') return [person];
	return [{ apiKey: scope === 'any' ? [] : [scope] }, person];
}

type Input = Pick<Described, 'params' | 'query' | 'body' | 'file'> & { writes: boolean };

export function requestOf({ params, query, body, file, writes }: Input) {
	return {
		...(params && { params }),
		...(query && { query }),
		...(body && { body: { content: { 'application/json': { schema: body } }, required: !body.safeParse({}).success } }),
		...(file && { body: { content: bytesOf(file.types), required: true } }),
		...(writes && { headers: IdempotencyKey })
	};
}

/** Bytes as they are, of one of these types. */
export function bytesOf(types: readonly string[]) {
	return Object.fromEntries(types.map((type) => [type, { schema: { type: 'string' as const, format: 'binary' } }]));
}

const IdempotencyKey = z.object({
	'Idempotency-Key': z.string().min(1).max(200).optional().openapi({
		description:
			'Repeats are safe: the same request under the same key happens once, and is answered the same for 24 hours.',
		example: '2f1c6ad0-6a3f-4f07-9f3c-5f0a7f1f6a11'
	})
});

/** What every endpoint may refuse with, those with a body, a path, a write. */
const everybodys: readonly Slug[] = [
	'malformed',
	'unauthorized',
	'session_ended',
	'suspended',
	'organization_suspended',
	'not_allowed',
	'scope_missing',
	'not_found',
	'rate_limited',
	'internal',
	'unavailable'
];
const bodys: readonly Slug[] = ['body_too_large', 'media_type_unsupported'];
const writes: readonly Slug[] = ['request_running', 'request_key_reused', 'maintenance'];

export function answersOf({ method, answers, body, file, refusals = [] }: Described) {
	const slugs = new Set<Slug>([
		...everybodys,
		...(body || file ? bodys : []),
		...(method === 'get' ? [] : writes),
		...refusals
	]);
	const refused = Map.groupBy(slugs, (slug) => failures[slug].status);
	return Object.fromEntries([
		...Object.entries(answers).map(([status, answer]) => [status, answerOf(answer, method !== 'get')] as const),
		...[...refused].map(([status, those]) => [String(status), refusalOf(status, those)] as const)
	]);
}

function answerOf(answer: Answer, isWrite: boolean) {
	const {
		description,
		schema,
		content,
		headers: more = []
	} = answer instanceof z.ZodType ? { description: 'Done.', schema: answer } : { content: undefined, ...answer };
	return {
		description,
		headers: headersOf([...counted, ...(isWrite ? (['Idempotency-Replayed'] as const) : []), ...more]),
		...(schema && { content: { 'application/json': { schema } } }),
		...(content && { content })
	};
}

const counted: readonly HeaderName[] = ['RateLimit-Policy', 'RateLimit', 'X-Request-Id'];

function refusalOf(status: number, slugs: readonly Slug[]) {
	const waits = status === 429 || status === 503;
	return {
		description: slugs.map((slug) => `\`${slug}\`: ${failures[slug].says}`).join('\n\n'),
		headers: headersOf([...(status === 401 ? [] : counted), ...(waits ? (['Retry-After'] as const) : [])]),
		content: { 'application/problem+json': { schema: Problem } }
	};
}

function headersOf(names: readonly HeaderName[]) {
	return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
