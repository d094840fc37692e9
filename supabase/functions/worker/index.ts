import { lookup } from 'node:dns/promises';
import process from 'node:process';
import { databaseOf } from '../_shared/database.ts';
import { createLog } from '../_shared/http/log.ts';
import { createApp } from './app.ts';

type Runtime = { Deno?: { createHttpClient?: (options: { poolIdleTimeout: number }) => object } };

/**
 * In ms. A connection to the carrier that was kept for longer may be dead without a word, and a text that is written to it
 * has an unknown outcome: it waits for twenty seconds before it is sent again.
 */
const poolIdleTimeout = 2000;
const client = (globalThis as Runtime).Deno?.createHttpClient?.({ poolIdleTimeout });
const impatient: typeof fetch = (input, init) => fetch(input, { ...init, ...(client && { client }) });

const app = createApp({
	env: process.env,
	database: databaseOf(process.env),
	log: createLog('worker'),
	fetch: impatient,
	resolve: async (host) => (await lookup(host, { all: true })).map(({ address }) => address)
});

export default { fetch: app.fetch };
