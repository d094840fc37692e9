import { Failure } from '#core/failures.ts';
import * as uploads from '#lib/server/uploads.ts';
import type { RequestHandler } from './$types';

/** How long a browser may show a picture without asking again, in seconds: so long does it outlive one's access. */
const keptFor = 300;

/** An avatar or a logo, for those who may see it: Storage decides with their own rights. */
export const GET: RequestHandler = async ({ locals, params, request }) => {
	const found = await open(locals, params, request.headers.get('if-none-match'));
	if (!found) return new Response(null, { status: 404 });
	const headers = new Headers({ 'cache-control': `private, max-age=${keptFor}`, vary: 'cookie' });
	for (const name of ['content-type', 'content-length', 'etag']) {
		const value = found.headers.get(name);
		// fetch has unpacked what came packed, so its length would be another
		if (value && !(name === 'content-length' && found.headers.has('content-encoding'))) headers.set(name, value);
	}
	return new Response(found.body, { status: found.status, headers });
};

async function open({ database }: App.Locals, address: object, etag: string | null): Promise<Response | null> {
	try {
		return await uploads.open(database, address, etag);
	} catch (cause) {
		if (cause instanceof Failure && cause.slug === 'session_ended') return null;
		throw cause;
	}
}
