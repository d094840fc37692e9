/** The candidate of tests/bench/webhook.ts: the twilio function as it is deployed, on a database that answers at once. */
import process from 'node:process';
import type { Database } from '../../supabase/functions/_shared/database.ts';
import { createLog } from '../../supabase/functions/_shared/http/log.ts';
import { createApp } from '../../supabase/functions/twilio/app.ts';

const stub = { receiveMessage: () => Promise.resolve({ outcome: 'stored' }) } as unknown as Database;
const app = createApp({ env: process.env, database: stub, log: createLog('twilio') });

export default { fetch: app.fetch };
