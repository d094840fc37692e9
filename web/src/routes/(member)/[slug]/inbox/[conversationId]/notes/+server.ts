import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import * as notes from '#lib/server/notes.ts';
import type { RequestHandler } from './$types';

/**
 * The internal notes of a conversation. They have an address of their own, and nothing that is posted here can become a
 * text: what sends is the page's `?/send`.
 */

/** Browsers send line breaks as CRLF, which is not what was typed. */
const Body = z.string().transform((text) => text.replace(/\r\n?/g, '\n').trim());
const Added = z.object({ body: Body, idempotency_key: z.string().min(8).max(200) });
const Edited = z.object({ id: z.uuid(), body: Body });
const Shared = Edited.extend({ phone_number_id: z.uuid(), user_id: z.uuid() });
const Removed = z.object({ id: z.uuid() });

export const POST: RequestHandler = ({ request, locals, params }) =>
	answer(request, Added, (note) => notes.add(locals.database, params.conversationId, note));

/** Changes a note; with `user_id`, gives that person access to the number first. */
export const PATCH: RequestHandler = ({ request, locals }) =>
	answer(request, z.union([Shared, Edited]), (asked) => {
		if (!('user_id' in asked)) return notes.edit(locals.database, asked.id, asked.body);
		const place = { organizationId: locals.me.organization.id, phoneNumberId: asked.phone_number_id };
		return notes.share(locals.database, place, asked, asked.user_id);
	});

export const DELETE: RequestHandler = ({ request, locals }) =>
	answer(request, Removed, async ({ id }) => {
		await notes.remove(locals.database, id);
		return {};
	});

async function answer<T>(request: Request, form: z.ZodType<T>, act: (asked: T) => Promise<object>): Promise<Response> {
	try {
		const asked = form.safeParse(Object.fromEntries(new URLSearchParams(await request.text())));
		if (!asked.success) throw new Failure('malformed');
		return Response.json(await act(asked.data));
	} catch (cause) {
		if (!(cause instanceof Failure)) throw cause;
		return Response.json({ slug: cause.slug, says: cause.says }, { status: cause.status });
	}
}
