/** https://docs.stripe.com/api/customer_portal/sessions, with the one configuration there is */
import * as z from 'zod';
import { addressOf, type PortalSession } from '../portal.ts';
import { newId } from '../records.ts';
import type { Subscription } from '../subscriptions.ts';
import { found, read, text, webAddress, type Call, type Route } from './call.ts';
import { invalid } from './errors.ts';

const New = z.strictObject({
	customer: text,
	flow_data: z
		.strictObject({
			after_completion: z
				.strictObject({ type: z.literal('redirect'), redirect: z.strictObject({ return_url: webAddress }) })
				.optional(),
			subscription_cancel: z.strictObject({ subscription: text }).optional(),
			type: z.enum(['payment_method_update', 'subscription_cancel'])
		})
		.optional(),
	return_url: webAddress.optional()
});

export const portal: Route[] = [
	{ method: 'POST', path: '/billing_portal/sessions', name: 'portal_sessions.create', answer: create }
];

function create(call: Call): object {
	const { customer, flow_data: flow, return_url = null } = read(call, New);
	found(call.records, 'customer', customer, 'customer');
	if (flow && (flow.type === 'subscription_cancel') !== (flow.subscription_cancel !== undefined)) {
		throw invalid('`flow_data[subscription_cancel]` goes with its type.', { param: 'flow_data[subscription_cancel]' });
	}
	if (flow?.subscription_cancel) {
		const id = flow.subscription_cancel.subscription;
		found<Subscription>(call.records, 'subscription', id, 'flow_data[subscription_cancel][subscription]');
	}
	const bare: PortalSession = {
		id: newId('bps'),
		object: 'billing_portal.session',
		...{ configuration: 'bpc_simulator', customer_account: null, livemode: false, locale: null, on_behalf_of: null },
		created: call.records.at(),
		customer,
		flow: flow
			? {
					type: flow.type,
					after_completion: {
						...{ hosted_confirmation: null, type: flow.after_completion?.type ?? 'portal_homepage' },
						redirect: flow.after_completion?.redirect ?? null
					},
					...{ customer_update: null, subscription_update: null, subscription_update_confirm: null },
					subscription_cancel: flow.subscription_cancel ?? null
				}
			: null,
		return_url,
		setup_intent: null,
		url: ''
	};
	const { setup_intent: _own, ...session } = call.records.add(
		{ ...bare, url: call.records.origin() + addressOf(bare) },
		'billing_portal.session.created'
	);
	return session;
}
