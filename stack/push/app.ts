import { createECDH, randomBytes, randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import * as z from 'zod';
import { opened, refusalOf, type Keys } from './opened.ts';

type Device = Keys & { serverKey: string; pushes: Push[]; fault: Fault | null };

/** What arrived; `words` as the browser hands them to its service worker. */
export type Push = { words: string; topic: string | null; urgency: string | null; ttl: number; at: string };

type Fault = { status: number; times: number; retryAfter?: string | undefined };

const Subscribing = z.object({ applicationServerKey: z.string().min(80) });
const Failing = z.object({
	status: z.number().int().min(400).max(599),
	times: z.number().int().min(1).default(1),
	retryAfter: z.string().optional()
});

/**
 * A push service (RFC 8030) and the browsers that it speaks to, in memory. Beside `POST /push/:id`, which is the standard's:
 * `POST /devices` makes a subscription, `GET /devices/:id` tells what came, `DELETE` ends it, `POST …/fault` lets it fail.
 */
export function createPushService({ origin, now = () => new Date() }: { origin: string; now?: () => Date }): Hono {
	const devices = new Map<string, Device | 'gone'>();
	const app = new Hono();

	app.get('/', (c) => c.text('A push service: see stack/push/README.md'));
	app.post('/devices', async (c) => {
		const { applicationServerKey } = Subscribing.parse(await c.req.json());
		const ecdh = createECDH('prime256v1');
		const publicKey = ecdh.generateKeys();
		const [id, auth] = [randomUUID(), randomBytes(16)];
		const keys = { privateKey: ecdh.getPrivateKey(), publicKey, auth };
		devices.set(id, { ...keys, serverKey: applicationServerKey, pushes: [], fault: null });
		return c.json({
			id,
			endpoint: `${origin}/push/${id}`,
			keys: { p256dh: publicKey.toString('base64url'), auth: auth.toString('base64url') }
		});
	});
	app.get('/devices/:id', (c) => {
		const device = devices.get(c.req.param('id'));
		return device && device !== 'gone' ? c.json(device.pushes) : c.notFound();
	});
	app.delete('/devices/:id', (c) => {
		devices.set(c.req.param('id'), 'gone');
		return c.body(null, 204);
	});
	app.post('/devices/:id/fault', async (c) => {
		const device = devices.get(c.req.param('id'));
		if (!device || device === 'gone') return c.notFound();
		device.fault = Failing.parse(await c.req.json());
		return c.body(null, 204);
	});

	app.post('/push/:id', async (c) => {
		const device = devices.get(c.req.param('id'));
		if (!device) return c.notFound();
		if (device === 'gone') return c.text('unsubscribed', 410);
		if (device.fault) {
			const { status, retryAfter } = device.fault;
			device.fault = device.fault.times > 1 ? { ...device.fault, times: device.fault.times - 1 } : null;
			return new Response('as was asked for', {
				status,
				...(retryAfter && { headers: { 'retry-after': retryAfter } })
			});
		}
		const ttl = Number(c.req.header('ttl') ?? NaN);
		const body = Buffer.from(await c.req.arrayBuffer());
		if (Number.isNaN(ttl)) return c.text('a TTL is needed', 400);
		if (c.req.header('content-encoding') !== 'aes128gcm') return c.text('the words are not sealed', 400);
		if (body.length > 4096) return c.text('too long', 413);
		const refusal = refusalOf(c.req.header('authorization') ?? '', device.serverKey, origin, now());
		if (refusal) return c.text(refusal, 403);
		const [topic, urgency] = [c.req.header('topic') ?? null, c.req.header('urgency') ?? null];
		device.pushes.push({ words: opened(body, device), topic, urgency, ttl, at: now().toISOString() });
		return c.body(null, 201, { location: `${origin}/messages/${randomUUID()}` });
	});
	return app;
}
