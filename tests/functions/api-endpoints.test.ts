/** Every endpoint of the developer API, as its own document lists them: each has a line, and answers as is written there. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scopeNames } from '#core/key-scopes.ts';
import { createOrganization } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { openApi, type Bearer, type Problem } from './api-door.ts';
import { createKey } from './api-keys.ts';
import type { Line, Scene, Wish } from './api-line.ts';
import { lines } from './api-lines.ts';
import { createScene } from './api-scene.ts';
import { measureOf, operationsOf, type Document, type Operation } from './api-schemas.ts';
import { openTwilio } from './doors.ts';

const { env, sql } = stack;
const api = openApi(env);
const twilio = openTwilio(env);
afterAll(() => api.end());

const { body: document } = await api.get<Document>('/openapi.json', null);
const operations = operationsOf(document);
const measure = measureOf(document);

let scene: Scene;
let stranger: Bearer;
let elsewhere: string;

beforeAll(async () => {
	scene = await createScene({ sql, env, api, twilio });
	const { owner } = scene;
	({ id: elsewhere } = await createOrganization(sql, { owner }));
	stranger = await createKey(sql, elsewhere, { scopes: scopeNames });
});

const weakened = new Map<string, Bearer>();

/** A key with every scope but these. */
async function without(scopes: readonly string[] | null): Promise<Bearer> {
	const name = scopes?.join() ?? '';
	const others = scopeNames.filter((scope) => !scopes?.includes(scope));
	const key = weakened.get(name) ?? (await createKey(sql, scene.organizationId, { scopes: others }));
	weakened.set(name, key);
	return key;
}

type Answer = { status: number; headers: Headers; body: Problem };

function ask({ method, path }: Operation, by: Bearer, wish: Wish): Promise<Answer> {
	const filled = path
		.replace(/^\/v1/, '')
		.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(wish.path![name]!));
	const query = wish.query ? `?${new URLSearchParams(wish.query)}` : '';
	const { json, picture } = wish;
	return api.ask<Problem>(method.toUpperCase(), filled + query, by, {
		...(json && { json }),
		...(picture && { body: picture, headers: { 'content-type': 'image/png' } })
	});
}

/** A refusal as it must be, and its code. */
function refused(operation: Operation, { status, headers, body }: Answer) {
	expect(measure(operation, status, headers, body)).toEqual([]);
	return [status, body.code];
}

/** The same with a field that nobody knows. */
const odd = ({ inputs }: Operation, wish: Wish): Wish =>
	inputs.body ? { ...wish, json: { ...wish.json, nonsense: 1 } } : { ...wish, query: { ...wish.query, nonsense: '1' } };

const ofOthers = ({ path, inputs }: Operation, wish: Wish, names?: boolean): Wish => {
	if (names || path.includes('{id}')) return wish;
	const organization_id = scene.organizationId;
	return inputs.body
		? { ...wish, json: { ...wish.json, organization_id } }
		: { ...wish, query: { ...wish.query, organization_id } };
};

/** What an endpoint refuses, each to be tried. */
function refusals(operation: Operation, line: Line, wish: Wish): (() => Promise<void>)[] {
	const tries = [
		async () => expect(refused(operation, await ask(operation, null, wish))).toEqual([401, 'unauthorized'])
	];
	const { refused: own } = line;
	if (operation.scopes?.length !== 0)
		tries.push(async () => {
			const weak = await without(operation.scopes);
			const weakest = await ask(operation, weak, wish);
			expect(refused(operation, weakest)).toEqual([403, 'scope_missing']);
			expect(weakest.body.detail).toContain(operation.scopes?.join() ?? 'people');
		});
	if (operation.scopes === null) return tries;
	if (operation.hasInput && !line.forgives)
		tries.push(async () => {
			const strange = await ask(operation, scene.key, odd(operation, wish));
			expect(refused(operation, strange)).toEqual([400, 'malformed']);
			expect(strange.body.errors?.map(({ field }) => field)).toEqual(['nonsense']);
		});
	if (!line.everybodys)
		tries.push(async () => {
			const theirs = await ask(operation, stranger, ofOthers(operation, wish, line.names));
			expect(refused(operation, theirs)).toEqual([404, 'not_found']);
		});
	if (own)
		tries.push(async () => {
			const answer = await ask(operation, scene.key, await own.wish(scene));
			expect(refused(operation, answer)).toEqual([own.status, own.code]);
		});
	return tries;
}

describe('R7.1 every endpoint', () => {
	test('has a line in this table, and every line is an endpoint’s', () => {
		expect(operations.map(({ operationId }) => operationId).sort()).toEqual(Object.keys(lines).sort());
	});

	test.each(operations.filter(({ operationId }) => operationId in lines))('$operationId', async (operation) => {
		const line = lines[operation.operationId]!;
		const wish = await line.good(scene);
		// all these do nothing, so that none is in another's way
		await Promise.all(refusals(operation, line, wish).map((refusal) => refusal()));
		if (operation.scopes === null) return;
		const { status, headers, body } = await ask(operation, scene.key, wish);
		expect([status, body]).toEqual([line.status, body]);
		expect(measure(operation, status, headers, body)).toEqual([]);
		expect(headers.get('ratelimit')).not.toBeNull();
	});
});

test('R7.5 what is wrong with a field is said in our words: what is missing, and what it has to be', async () => {
	const wrong = async (method: string, path: string, json?: unknown) => {
		const { body } = await api.ask<Problem>(method, path, scene.key, { json });
		expect(body.code).toBe('malformed');
		return body.errors?.map(({ field, says }) => `${field}: ${says}`);
	};
	expect(await wrong('GET', '/numbers/available')).toEqual(['country: This is missing.']);
	expect(await wrong('POST', '/messages', [])).toEqual([': This has to be an object.']);
	expect(await wrong('GET', '/messages?direction=sideways')).toEqual(['direction: This is one of inbound, outbound.']);
	expect(await wrong('POST', '/verifications', { service: 5 })).toEqual(['service: This has to be a text.']);
});
