import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Sql } from 'postgres';
import { bucketStore } from './buckets.ts';
import type { Caller } from './caller.ts';
import { fileStore } from './files.ts';
import { objectStore } from './objects.ts';
import { StorageRefusal } from './refusals.ts';
import { bucketRoutes, objectRoutes, type Route } from './routes.ts';
import { linkSigner } from './token.ts';

export type StorageSettings = {
	/** supabase_admin: becomes the caller's role in each transaction */
	sql: Sql;
	/** where the contents are kept */
	folder: string;
	jwtSecret: string;
	/** bytes, the most that any bucket takes */
	sizeLimit: number;
	/** sent with every answer */
	headers: OutgoingHttpHeaders;
};

/** Answers what stands below /storage/v1. Routes, bodies and refusals are those of hosted Storage. */
export async function createStorage({ sql, folder, jwtSecret, sizeLimit, headers }: StorageSettings) {
	const files = fileStore(folder);
	await files.sweep(async (versions) => {
		const rows = await sql<{ version: string }[]>`
			select version from storage.objects where version = any (${versions})`;
		return new Set(rows.map(({ version }) => version));
	});
	const parts = {
		sql,
		files,
		objects: objectStore({ sql, files, sizeLimit }),
		buckets: bucketStore(sql, files),
		links: linkSigner(jwtSecret),
		headers
	};
	const routes: Route[] = [...objectRoutes(parts), ...bucketRoutes(parts)];

	return {
		/** @param identify who asks; called for the routes that want to know, and may refuse */
		async answer(request: IncomingMessage, response: ServerResponse, identify: () => Caller): Promise<void> {
			const send = (status: number, body: unknown, more: OutgoingHttpHeaders = {}) => {
				response.writeHead(status, { ...headers, ...more, 'content-type': 'application/json; charset=utf-8' });
				response.end(JSON.stringify(body));
			};
			try {
				const url = new URL(request.url ?? '/', 'http://storage');
				const path = decode(url.pathname.slice('/storage/v1'.length));
				const method = request.method === 'HEAD' ? 'GET' : request.method;
				for (const route of routes) {
					const found = route.method === method ? route.path.exec(path) : null;
					if (!found) continue;
					const [, bucket = '', name = ''] = found;
					const answer = await route.act({ request, response, bucket, name, query: url.searchParams, identify });
					if (answer !== undefined) send(200, answer);
					return;
				}
				send(404, { statusCode: '404', error: 'Not Found', message: `Route ${request.method}:${path} not found` });
			} catch (error) {
				if (!(error instanceof StorageRefusal) || response.headersSent) throw error;
				await forget(request);
				send(error.httpStatus, error.body, { ...error.headers, 'cache-control': 'no-store' });
			}
		}
	};
}

/** What is still coming is read and forgotten: a sender in the middle of its file does not hear a refusal. */
async function forget(request: IncomingMessage): Promise<void> {
	if (request.complete || request.destroyed) return;
	const over = Promise.withResolvers<undefined>();
	for (const event of ['end', 'close', 'error'] as const) request.once(event, () => over.resolve(undefined));
	// whoever stopped in the middle of a form still listens, and nothing flows past a listener that reads by itself
	request.removeAllListeners('readable');
	request.resume();
	await over.promise;
}

function decode(path: string): string {
	try {
		return decodeURIComponent(path);
	} catch {
		throw new StorageRefusal('InvalidRequest', 400, 'invalid_request', 'The address is not well-formed');
	}
}
