import { Failure } from '#core/failures.ts';

/** An answer for a script: what `work` found as JSON, or the refusal's slug and sentence with its status. */
export async function asJson(work: () => Promise<unknown>): Promise<Response> {
	try {
		return Response.json((await work()) ?? {});
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		return Response.json({ slug: cause.slug, says: cause.says }, { status: cause.status });
	}
}

/** The JSON that a request brings. Throws `malformed`. Another site's page cannot send this type without being asked. */
export async function jsonOf(request: Request): Promise<unknown> {
	if (!request.headers.get('content-type')?.startsWith('application/json')) throw new Failure('malformed');
	try {
		return await request.json();
	} catch (cause) {
		throw new Failure('malformed', undefined, { cause });
	}
}
