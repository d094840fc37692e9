/** Lines of the developer API's table about webhooks. */
import { randomUUID } from 'node:crypto';
import type { Line, Scene } from './api-line.ts';

type Row = { id: string };
const gone = { wish: () => ({ path: { id: randomUUID() } }), status: 404, code: 'not_found' };
const hook = { url: 'https://hooks.example/texts', event_types: ['message.received'] };
const webhook = async ({ api, key, sql, organizationId }: Scene) => {
	// there may be twenty: those of earlier lines go
	await sql`
		delete from public.webhook_endpoints where organization_id = ${organizationId} and id not in (
			select id from public.webhook_endpoints where organization_id = ${organizationId} order by id desc limit 5)`;
	const { id } = (await api.post('/webhook-endpoints', key, hook)).body as Row;
	// nobody is asked outside
	await sql`update public.webhook_endpoints set blocked_until = now() + interval '1 day' where id = ${id}`;
	return { id };
};
const switchedOff = async (scene: Scene) => {
	const path = await webhook(scene);
	await scene.api.post(`/webhook-endpoints/${path.id}/disable`, scene.key, {});
	return { path };
};
/** Parked, and its endpoint rests. */
const webhookDelivery = async (scene: Scene) => {
	const { id } = await webhook(scene);
	const [delivery] = await scene.sql<Row[]>`
		with event as (
			insert into private.webhook_events (organization_id, type, facts)
			values (${scene.organizationId}, 'limit.reached', '{"limit": "burst"}') returning id)
		insert into public.webhook_deliveries (organization_id, endpoint_id, event_id, event_type, order_key, status, last_failure)
		select ${scene.organizationId}, ${id}, id, 'limit.reached', id, 'parked', 'timeout' from event returning id`;
	return { endpoint: id, id: delivery!.id };
};

export const webhookLines: Readonly<Record<string, Line>> = {
	listWebhookEndpoints: { good: () => ({ query: { limit: '2' } }), status: 200 },
	getWebhookEndpoint: { good: async (scene) => ({ path: await webhook(scene) }), status: 200, refused: gone },
	createWebhookEndpoint: {
		good: () => ({ json: hook }),
		status: 201,
		refused: {
			wish: () => ({ json: { ...hook, url: 'http://hooks.example/' } }),
			...{ status: 422, code: 'webhook_url_invalid' }
		}
	},
	updateWebhookEndpoint: {
		good: async (scene) => ({
			path: await webhook(scene),
			json: { ...hook, order_by: 'number', phone_number_ids: [scene.number.id] }
		}),
		status: 204,
		refused: {
			wish: async (scene) => ({ path: await webhook(scene), json: { ...hook, event_types: [] } }),
			...{ status: 422, code: 'webhook_events_invalid' }
		}
	},
	deleteWebhookEndpoint: { good: async (scene) => ({ path: await webhook(scene) }), status: 204, refused: gone },
	disableWebhookEndpoint: { good: async (scene) => ({ path: await webhook(scene) }), status: 204, refused: gone },
	enableWebhookEndpoint: { good: async (scene) => ({ path: await webhook(scene) }), status: 204, refused: gone },
	rotateWebhookSecret: {
		good: async (scene) => ({ path: await webhook(scene), json: { overlap_seconds: 3600 } }),
		status: 200,
		refused: {
			wish: async (scene) => ({ path: await webhook(scene), json: { overlap_seconds: 700_000 } }),
			...{ status: 400, code: 'malformed' }
		}
	},
	testWebhookEndpoint: {
		good: async (scene) => ({ path: await webhook(scene) }),
		status: 202,
		refused: { wish: switchedOff, status: 409, code: 'webhook_disabled' }
	},
	replayWebhookEvents: {
		good: async (scene) => ({
			path: await webhook(scene),
			json: { since: '2026-11-01T00:00:00Z', only_parked: false }
		}),
		status: 202,
		refused: {
			wish: async (scene) => ({ ...(await switchedOff(scene)), json: {} }),
			...{ status: 409, code: 'webhook_disabled' }
		}
	},
	listWebhookDeliveries: { good: () => ({ query: { status: 'parked', limit: '2' } }), status: 200 },
	getWebhookDelivery: {
		good: async (scene) => ({ path: { id: (await webhookDelivery(scene)).id } }),
		status: 200,
		refused: gone
	},
	replayWebhookDelivery: {
		good: async (scene) => ({ path: { id: (await webhookDelivery(scene)).id } }),
		status: 202,
		refused: gone
	}
};
