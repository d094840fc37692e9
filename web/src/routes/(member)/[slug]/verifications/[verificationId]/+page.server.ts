import { error, redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import { Failure } from '#core/failures.ts';
import { fieldsOf, refusedBy } from '#lib/server/forms.ts';
import * as notifications from '#lib/server/notifications.ts';
import * as verifications from '#lib/server/verifications.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

export const load: PageServerLoad = async ({ locals, params }) => {
	try {
		return {
			...(await verifications.open(locals.database, locals.me.organization.id, params.verificationId)),
			renderedAt: Date.now(),
			/** Of the next request for the same. */
			key: crypto.randomUUID()
		};
	} catch (cause) {
		if (cause instanceof Failure) error(cause.status, cause.says, { slug: cause.slug });
		throw cause;
	}
};

/** Does something about the verification; a refusal stands above the page, or beside its field. */
async function attempt<Done extends object>(
	{ request, locals, params }: RequestEvent,
	work: (database: App.Locals['database'], id: string, fields: Record<string, string>) => Promise<Done>,
	field?: (slug: string) => string | undefined
) {
	const fields = fieldsOf(await request.formData());
	try {
		return await work(locals.database, params.verificationId, fields);
	} catch (cause) {
		return refusedBy(cause, fields, cause instanceof Failure ? field?.(cause.slug) : undefined);
	}
}

export const actions: Actions = {
	cancel: (event) =>
		attempt(
			event,
			async (database, id, { reason = '' }) => {
				await verifications.cancel(database, id, reason);
				return { done: 'cancelled' };
			},
			(slug) => (slug === 'cancel_reason_too_long' ? 'reason' : undefined)
		),

	complete: (event) =>
		attempt(event, async (database, id) => {
			await verifications.complete(database, id);
			return { done: 'completed' };
		}),

	/** The code itself is in this answer only. */
	reveal: (event) =>
		attempt(event, async (database, _id, { code_id = '' }) => ({
			revealed: { id: code_id, code: await verifications.reveal(database, code_id) }
		})),

	choose: (event) =>
		attempt(event, async (database, id, { code_id = '', verification_id = id }) => {
			await verifications.choose(database, code_id, verification_id);
			return { done: 'chosen' };
		}),

	/** Whoever asked has seen how it ended. */
	seen: (event) =>
		attempt(event, async (database, id) => {
			await notifications.markVerificationRead(database, event.locals.me.organization.id, id);
			return { done: 'seen' };
		}),

	again: async (event) => {
		const { id } = event.locals.me.organization;
		const answer = await attempt(event, async (database, was, { key = '' }) => ({
			next: await verifications.requestAgain(database, id, was, key)
		}));
		if (!('next' in answer)) return answer;
		const { slug } = event.params;
		redirect(303, resolve('/(member)/[slug]/verifications/[verificationId]', { slug, verificationId: answer.next }));
	}
};
