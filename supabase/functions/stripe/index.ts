import process from 'node:process';
import { callerDatabaseOf } from '../_shared/database-caller.ts';
import { databaseOf } from '../_shared/database.ts';
import { createLog } from '../_shared/http/log.ts';
import { paymentsOf } from '../_shared/payments/client.ts';
import { createApp } from './app.ts';

const app = createApp({
	env: process.env,
	database: databaseOf(process.env),
	callers: callerDatabaseOf(process.env),
	stripe: paymentsOf(process.env),
	log: createLog('stripe')
});

export default { fetch: app.fetch };
