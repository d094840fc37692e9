/** The push service as a process of the stack: reads its environment, says `ready <port>`, ends with its parent. */
import { serve } from '@hono/node-server';
import * as z from 'zod';
import { createPushService } from './app.ts';

const { PORT, PUSH_URL } = z.object({ PORT: z.coerce.number().int(), PUSH_URL: z.url() }).parse(process.env);

const server = serve(
	{ fetch: createPushService({ origin: PUSH_URL }).fetch, port: PORT, hostname: '127.0.0.1' },
	() => {
		console.log(`ready ${PORT}`);
	}
);

server.on('error', (error) => {
	console.error(error.message);
	process.exit(1);
});
for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(signal, () => process.exit(0));
