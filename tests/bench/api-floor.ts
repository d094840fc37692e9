/** The floor of tests/bench/api.ts: the least that an answer from the database can cost, a Hono handler doing one `select 1`. */
import process from 'node:process';
import { Hono } from 'hono';
import postgres from 'postgres';

const sql = postgres(process.env.EDGE_DATABASE_URL ?? '', { max: 5, prepare: false, fetch_types: false });
const app = new Hono().basePath('/api');
app.get('/v1/me', async (c) => c.json(await sql.unsafe('select 1 as one')));

export default { fetch: app.fetch };
