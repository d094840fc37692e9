import type { TransactionSql } from 'postgres';

/** An endpoint of an organization with a secret, and a delivery that was parked after one attempt. */
export async function keepWebhook(tx: TransactionSql, organizationId: string) {
	const [endpoint] = await tx<{ id: string }[]>`
		insert into public.webhook_endpoints (organization_id, url, event_types)
		values (${organizationId}, 'https://hooks.example/texts', '{message.received}') returning id`;
	const endpoint_id = endpoint!.id;
	await tx`select private.add_webhook_secret(${endpoint_id})`;
	const [event] = await tx<{ id: string }[]>`
		insert into private.webhook_events (organization_id, type, facts)
		values (${organizationId}, 'limit.reached', '{"limit": "burst"}') returning id`;
	const [delivery] = await tx<{ id: string }[]>`
		insert into public.webhook_deliveries (organization_id, endpoint_id, event_id, event_type, order_key, status)
		values (${organizationId}, ${endpoint_id}, ${event!.id}, 'limit.reached', ${event!.id}, 'parked') returning id`;
	await tx`
		insert into public.webhook_attempts (organization_id, delivery_id, attempt, url, failure, duration_ms)
		values (${organizationId}, ${delivery!.id}, 1, 'https://hooks.example/texts', 'timeout', 10000)`;
	return { endpoint_id, delivery_id: delivery!.id };
}
