import createClient from 'openapi-fetch';
import type { paths } from './api.d.ts';

const { API_URL, API_KEY, FROM, TO } = process.env;
const api = createClient<paths>({
	baseUrl: API_URL,
	headers: { authorization: `Bearer ${API_KEY}` }
});

const { data, error } = await api.POST('/v1/messages', {
	params: { header: { 'Idempotency-Key': 'table-8-ready' } },
	body: { from: FROM, to: TO, body: 'Your table is ready.' }
});
if (error) throw new Error(`${error.code}: ${error.title}`);
console.log(data.id, data.status);
