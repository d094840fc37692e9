/** The payment provider as a process of the stack: reads its environment, says `ready <port>`, ends with its parent. */
import { serve } from '@hono/node-server';
import { join } from 'node:path';
import * as z from 'zod';
import { createPayments } from './app.ts';

const env = z
	.object({
		PORT: z.coerce.number().int(),
		STACK_DIR: z.string().min(1),
		PAYMENTS_URL: z.url().optional(),
		STRIPE_SECRET_KEY: z.string().startsWith('sk_test_'),
		STRIPE_WEBHOOK_SECRET: z.string().startsWith('whsec_'),
		STRIPE_WEBHOOK_URL: z.url()
	})
	.parse(process.env);

const payments = createPayments({
	secretKey: env.STRIPE_SECRET_KEY,
	endpoint: { url: env.STRIPE_WEBHOOK_URL, secret: env.STRIPE_WEBHOOK_SECRET },
	folder: join(env.STACK_DIR, 'payments'),
	origin: () => env.PAYMENTS_URL ?? `http://127.0.0.1:${env.PORT}`
});

const server = serve({ fetch: payments.app.fetch, port: env.PORT, hostname: '127.0.0.1' }, ({ port }) => {
	console.log(`ready ${port}`);
});

server.on('error', (error) => {
	console.error(error.message);
	process.exit(1);
});

for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) {
	process.once(signal, () => {
		payments.stop();
		process.exit(0);
	});
}
