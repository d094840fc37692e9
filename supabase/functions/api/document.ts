import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { headers, tags } from './description.ts';
import type { Routes } from './endpoint.ts';
import { addExamples } from './examples.ts';

/** In seconds: how long others may keep the document. */
const lasts = 300;

/**
 * Answers with the OpenAPI document of these routes, which is made when it is first asked for. `url`: where they are reached
 * from outside, without `/v1`.
 */
export function documentOf(routes: Routes, url: string): (c: Context) => Response {
	let made: { text: string; tag: string } | undefined;
	return (c) => {
		made ??= tagged(JSON.stringify(describeAll(routes, url)));
		const known = { etag: made.tag, 'cache-control': `public, max-age=${lasts}` };
		if (c.req.header('if-none-match') === made.tag) return c.body(null, 304, known);
		return c.body(made.text, 200, { ...known, 'content-type': 'application/json; charset=utf-8' });
	};
}

function tagged(text: string): { text: string; tag: string } {
	return { text, tag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` };
}

function describeAll(routes: Routes, url: string) {
	const { openAPIRegistry: registry } = routes;
	for (const [name, description] of Object.entries(headers)) {
		registry.registerComponent('headers', name, { description, schema: { type: 'string' } });
	}
	registry.registerComponent('securitySchemes', 'apiKey', {
		type: 'http',
		scheme: 'bearer',
		description: 'A key of an organization: `cum_live_…` or `cum_test_…`. What it may do, its scopes say.'
	});
	registry.registerComponent('securitySchemes', 'accessToken', {
		type: 'http',
		scheme: 'bearer',
		bearerFormat: 'JWT',
		description: 'The access token of a signed-in person. What they may do, their role in the organization says.'
	});
	const document = routes.getOpenAPI31Document({
		openapi: '3.1.1',
		info: {
			title: 'CumApp API',
			version: '1.0.0',
			description:
				'Texts, conversations, contacts, numbers and codes. Ids are the same as in the app, money is in micros (millionths) of ' +
				'USD, times are in ISO 8601. What this document does not know, strict input refuses by name.',
			license: { name: 'MIT', url: 'https://opensource.org/license/mit' }
		},
		servers: [{ url, description: 'This project.' }],
		tags: Object.entries(tags).map(([name, description]) => ({ name, description }))
	});
	addExamples(document.paths ?? {});
	return document;
}
