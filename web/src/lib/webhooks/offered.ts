import { webhookEventNames, webhookEvents, webhookOrderNames, webhookOrders } from '#core/webhooks.ts';

/** What the form of an address offers, in words. The server says them, browsers need no list of their own. */
export function offered() {
	return {
		events: webhookEventNames.map((name) => ({ name: name as string, says: webhookEvents[name].says as string })),
		orders: webhookOrderNames.map((name) => ({ name: name as string, says: webhookOrders[name] as string }))
	};
}
export type Offered = ReturnType<typeof offered>;
