import { error, redirect } from '@sveltejs/kit';
import { resolve } from '$app/paths';
import { failures } from '#core/failures.ts';
import { overlaps } from '#core/key-scopes.ts';
import * as conversations from '#lib/server/conversations.ts';
import * as forms from '#lib/server/forms.ts';
import * as notifications from '#lib/server/notifications.ts';
import * as webhooks from '#lib/server/webhooks.ts';
import { offered } from '#lib/webhooks/offered.ts';
import { attemptOf, moment, rowOf } from '#lib/webhooks/rows.ts';
import { concernOf, stateOf } from '#lib/webhooks/standing.ts';
import type { Actions, PageServerLoad } from './$types';

const filters = [
	{ status: '', label: 'All' },
	{ status: 'waiting', label: 'Waiting' },
	{ status: 'delivered', label: 'Delivered' },
	{ status: 'parked', label: 'Given up' }
];

export const load: PageServerLoad = async ({ locals, params, url }) => {
	const { organization, time_zone: timeZone } = locals.me;
	if (!organization.capabilities.includes('webhooks:write')) error(403, failures.not_allowed.says);
	const query = webhooks.queryOf(url.searchParams);
	const [endpoint, found, numbers] = await Promise.all([
		webhooks.one(locals.database, organization.id, params.endpointId),
		webhooks.deliveries(locals.database, organization.id, params.endpointId, query),
		conversations.numbers(locals.database, organization.id),
		notifications.markNoticesRead(locals.database, organization.id, params.endpointId)
	]);
	if (!endpoint) error(404, failures.not_found.says);
	const deliveries = found.slice(0, webhooks.perPage);
	const shown = deliveries.find(({ id }) => id === query.delivery);
	const opened = shown && (await webhooks.opened(locals.database, organization.id, shown.id));
	const { slug, endpointId } = params;
	const page = resolve('/(member)/[slug]/settings/webhooks/[endpointId]', { slug, endpointId });
	const status = query.status ?? '';
	const said = (at: string) => moment(at, timeZone);
	return {
		isOn: !endpoint.disabled_at,
		page,
		numbers,
		// as they are shown: the page needs nothing to know them
		deliveries: deliveries.map((delivery) =>
			rowOf(delivery, timeZone, logAt(page, { status, delivery: delivery === shown ? '' : delivery.id }))
		),
		older: found.length > webhooks.perPage ? logAt(page, { status, before: deliveries.at(-1)?.id ?? '' }) : null,
		filters: filters.map((one) => ({
			label: one.label,
			href: logAt(page, { status: one.status }),
			current: one.status === status
		})),
		nothing: status ? 'Nothing of that.' : 'Nothing yet. A test shows whether your program answers.',
		state: stateOf(endpoint),
		concern: concernOf(endpoint, said),
		previous: endpoint.previous_ends_at
			? `The one before counted until ${said(endpoint.previous_ends_at)}, or still does until then.`
			: '',
		saved: {
			url: endpoint.url,
			description: endpoint.description ?? '',
			event_types: endpoint.event_types.join(','),
			phone_number_ids: (endpoint.phone_number_ids ?? []).join(','),
			order_by: endpoint.order_by
		},
		offered: offered(),
		overlaps,
		opened:
			shown && opened
				? {
						id: shown.id,
						payload: opened.payload,
						attempts: opened.attempts.map((attempt) => attemptOf(attempt, timeZone))
					}
				: null
	};
};

/** Where the log shows some of it: below the page's address, what is empty left out. */
function logAt(page: string, query: Record<string, string>): string {
	const kept = Object.entries(query).filter(([, value]) => value !== '');
	return kept.length === 0 ? page : `${page}?${new URLSearchParams(kept).toString()}`;
}

export const actions: Actions = {
	save: async ({ request, locals, params }) => {
		const fields = webhooks.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(webhooks.Draft, fields);
		if (refused) return refused;
		try {
			await webhooks.update(locals.database, params.endpointId, draft);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		return { ...forms.accepted, done: 'Saved.' };
	},

	rotate: async ({ request, locals, params }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { overlap_seconds } = webhooks.Rotation.parse(fields);
		try {
			return { ...forms.accepted, secret: await webhooks.rotate(locals.database, params.endpointId, overlap_seconds) };
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
	},

	test: async ({ locals, params }) => {
		try {
			await webhooks.sendTest(locals.database, params.endpointId);
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		return { ...forms.accepted, done: 'A test is on its way. It stands in the log below.' };
	},

	switch: async ({ request, locals, params }) => {
		const on = (await request.formData()).get('on') === 'yes';
		try {
			await webhooks.change(
				locals.database,
				on ? 'enable_webhook_endpoint' : 'disable_webhook_endpoint',
				params.endpointId
			);
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		return { ...forms.accepted, done: on ? 'Switched on.' : 'Switched off. What happens now is not told there.' };
	},

	replay: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		try {
			await webhooks.replay(locals.database, fields.delivery_id ?? '');
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		return { ...forms.accepted, done: 'It is sent again, under the same webhook-id.' };
	},

	'replay-range': async ({ request, locals, params }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(webhooks.Range, fields);
		if (refused) return refused;
		try {
			const count = await webhooks.replayRange(locals.database, params.endpointId, draft);
			const what = count === 1 ? '1 event is' : `${count.toLocaleString('en')} events are`;
			return {
				...forms.accepted,
				done: count === 0 ? 'There was nothing of that to send again.' : `${what} sent again.`
			};
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
	},

	remove: async ({ locals, params }) => {
		try {
			await webhooks.change(locals.database, 'delete_webhook_endpoint', params.endpointId);
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		redirect(303, resolve('/(member)/[slug]/settings/webhooks', { slug: params.slug }));
	}
};
