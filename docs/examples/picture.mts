import { readFileSync } from 'node:fs';
import createClient from 'openapi-fetch';
import type { paths } from './api.d.ts';

const { API_URL, API_KEY, FROM, TO, PICTURE } = process.env;
const api = createClient<paths>({
	baseUrl: API_URL,
	headers: { authorization: `Bearer ${API_KEY}` }
});

// put it up: the body is the file itself
const put = await api.POST('/v1/attachments', {
	params: { query: { from: FROM, to: TO, name: 'table.jpg' } },
	body: PICTURE,
	bodySerializer: (path) => readFileSync(path),
	headers: { 'content-type': 'image/jpeg' }
});
if (put.error) throw new Error(`${put.error.code}: ${put.error.title}`);

// send it
const sent = await api.POST('/v1/messages', {
	body: { from: FROM, to: TO, body: 'Your table.', attachment_ids: [put.data.id] }
});
if (sent.error) throw new Error(`${sent.error.code}: ${sent.error.title}`);

// and have the bytes of every file of a text, whoever sent it
for (const file of sent.data.attachments) {
	const content = await api.GET('/v1/attachments/{id}/content', {
		params: { path: { id: file.id } },
		parseAs: 'arrayBuffer'
	});
	if (content.error) throw new Error(`${content.error.code}: ${content.error.title}`);
	console.log(file.name, file.type, content.data.byteLength);
}
