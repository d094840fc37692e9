/** The carrier as a process of the stack: reads its environment, says `ready <port>`, ends with its parent. */
import { serve } from '@hono/node-server';
import { join } from 'node:path';
import * as z from 'zod';
import { createCarrier, usualPace } from './app.ts';

const milliseconds = (usual: number) => z.coerce.number().int().min(0).default(usual);

const env = z
	.object({
		PORT: z.coerce.number().int(),
		STACK_DIR: z.string().min(1),
		CARRIER_URL: z.url().optional(),
		TWILIO_ACCOUNT_SID: z.string().regex(/^AC[0-9a-f]{32}$/),
		TWILIO_AUTH_TOKEN: z.string().min(1),
		CARRIER_SENT_MS: milliseconds(usualPace.sent),
		CARRIER_DELIVERED_MS: milliseconds(usualPace.delivered)
	})
	.parse(process.env);

const carrier = createCarrier({
	accountSid: env.TWILIO_ACCOUNT_SID,
	authToken: env.TWILIO_AUTH_TOKEN,
	folder: join(env.STACK_DIR, 'carrier'),
	origin: () => env.CARRIER_URL ?? `http://127.0.0.1:${env.PORT}`,
	pace: { sent: env.CARRIER_SENT_MS, delivered: env.CARRIER_DELIVERED_MS }
});

const server = serve({ fetch: carrier.app.fetch, port: env.PORT, hostname: '127.0.0.1' }, ({ port }) => {
	console.log(`ready ${port}`);
});

server.on('error', (error) => {
	console.error(error.message);
	process.exit(1);
});

for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) {
	process.once(signal, () => {
		carrier.stop();
		process.exit(0);
	});
}
