import process from 'node:process';
import { databaseOf } from '../_shared/database.ts';
import { createLog } from '../_shared/http/log.ts';
import { createApp } from './app.ts';

const app = createApp({ env: process.env, database: databaseOf(process.env), log: createLog('letters') });

export default { fetch: app.fetch };
