import process from 'node:process';
import { callerDatabaseOf, listenerUrlOf } from '../_shared/database-caller.ts';
import { doorDatabaseOf } from '../_shared/database-door.ts';
import { createListener } from '../_shared/database-listener.ts';
import { orderDatabaseOf } from '../_shared/database-orders.ts';
import { summarize } from '../_shared/core/errors.ts';
import { createLog } from '../_shared/http/log.ts';
import { createRequestLog } from '../_shared/http/request-log.ts';
import { createScopeNotes } from '../_shared/http/scope-notes.ts';
import { createApp } from './app.ts';
import { createWaiting } from './waiting.ts';

const log = createLog('api');
const database = callerDatabaseOf(process.env);
const url = listenerUrlOf(process.env);
const failed = (error: unknown) => log('listening_failed', { error: summarize(error) });
const waiting = createWaiting({
	database,
	log,
	listen: (hear) => createListener({ url, channel: 'verifications', hear, failed })
});
const door = doorDatabaseOf(process.env);
const requests = createRequestLog({ close: door.closeRequests, log });
const scopes = createScopeNotes({ note: door.noteKeyScopes, log });
const orders = orderDatabaseOf(process.env);
const app = createApp({ env: process.env, database, door, orders, waiting, requests, scopes, log });

export default { fetch: app.fetch };
