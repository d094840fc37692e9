import { createConfig, lintFromString } from '@redocly/openapi-core';
import { afterAll, expect, test } from 'vitest';
import { scopeNames } from '#core/key-scopes.ts';
import { createOrganization, createPerson } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { confirmUse, openApi, type Problem } from './api-door.ts';
import { createKey } from './api-keys.ts';

const api = openApi(stack.env);
afterAll(() => api.end());

type Operation = {
	operationId: string;
	tags: string[];
	security: object[];
	responses: Record<string, object>;
	requestBody?: { content: Record<string, { example?: object }> };
};
type Document = { openapi: string; servers: { url: string }[]; paths: Record<string, Record<string, Operation>> };

test('R7.1 the document of the API is public, whole and without a complaint', async () => {
	const { status, headers, body } = await api.get<Document>('/openapi.json', null);
	expect([status, headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8']);
	expect(body.openapi).toMatch(/^3\.1\./);
	const config = await createConfig({ extends: ['recommended-strict'] });
	const complaints = await lintFromString({ source: JSON.stringify(body), config });
	expect(complaints.map(({ ruleId, message, location: [at] }) => `${ruleId} ${message} ${at?.pointer}`)).toEqual([]);

	const operations = Object.values(body.paths).flatMap((path) => Object.values(path));
	const ids = operations.map(({ operationId }) => operationId);
	expect(new Set(ids).size).toBe(ids.length);
	expect(operations.filter(({ security, tags }) => security.length === 0 || tags.length !== 1)).toEqual([]);
	for (const status of ['400', '401', '403', '404', '429', '503']) {
		expect(operations.filter(({ responses }) => !responses[status])).toEqual([]);
	}

	const again = await api.get('/openapi.json', null, { headers: { 'if-none-match': headers.get('etag')! } });
	expect([again.status, again.body]).toEqual([304, null]);
});

test('R7.1 every request that has a body has an example of it, which is understood', async () => {
	const { env, sql } = stack;
	const owner = await createPerson(sql, env);
	const { id } = await createOrganization(sql, { owner });
	await confirmUse(sql, id);
	const key = await createKey(sql, id, { scopes: scopeNames });
	const { body: document } = await api.get<Document>('/openapi.json', null);
	const asked = Object.entries(document.paths).flatMap(([path, item]) =>
		Object.entries(item).flatMap(([method, { operationId, requestBody }]) =>
			requestBody?.content['application/json']
				? { operationId, method, path, json: requestBody.content['application/json']?.example ?? 'no example' }
				: []
		)
	);
	expect(asked.length).toBeGreaterThan(20);
	const answers = await Promise.all(
		asked.map(async ({ operationId, method, path, json }) => {
			const filled = path.replace('/v1', '').replace('{id}', '0197f3a2-6c1e-7b40-9d52-3f8e1a7c5b04');
			const { status, body } = await api.ask<Problem | null>(method.toUpperCase(), filled, key, { json });
			return `${operationId} ${status} ${body?.code ?? ''}`;
		})
	);
	// nothing is theirs yet: what the examples name is not found, or they have no number
	expect(answers.filter((answer) => / (400|415|5\d\d) /.test(answer))).toEqual([]);
});
