/** MMS as Twilio does it, both ways, with the official SDK. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { account, startCarrier } from '../support/carrier.ts';
import { png } from '../support/pictures.ts';

type Carrier = Awaited<ReturnType<typeof startCarrier>>;

const ours = '+14155550100';
const theirs = '+14155550142';
let carrier: Carrier;
let files: Server;
let told: URLSearchParams[] = [];
let place: string;

beforeAll(async () => {
	files = createServer((request, response) => {
		if (request.method === 'POST') {
			let body = '';
			request.on('data', (part: Buffer) => (body += part.toString()));
			request.on('end', () => {
				told.push(new URLSearchParams(body));
				response.end('<Response/>');
			});
		} else if (request.url === '/door.png') response.setHeader('content-type', 'image/png').end(png);
		else if (request.url === '/page') response.setHeader('content-type', 'text/html').end('<p>');
		else if (request.url === '/large') response.setHeader('content-type', 'image/png').end(Buffer.alloc(6_000_000));
		else response.writeHead(404).end();
	});
	await new Promise<void>((done) => files.listen(0, '127.0.0.1', done));
	place = `http://127.0.0.1:${(files.address() as AddressInfo).port}`;
	carrier = await startCarrier({ pace: { sent: 5, delivered: 10 } });
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: ours, smsUrl: `${place}/sms` });
});
afterAll(async () => {
	await carrier.stop();
	files.close();
});

async function ended(sid: string) {
	for (;;) {
		const text = await carrier.client.messages(sid).fetch();
		if (!['queued', 'sent', 'sending'].includes(text.status)) return text;
		await new Promise((done) => setTimeout(done, 20));
	}
}

describe('R3.8 a text with files from the account', () => {
	test('has them fetched by the carrier, listed by the API, and shown on the handset', async () => {
		const sent = await carrier.client.messages.create({
			from: ours,
			to: theirs,
			body: '',
			mediaUrl: [`${place}/door.png`]
		});
		expect(sent.sid).toMatch(/^MM/);
		expect((await ended(sent.sid)).status).toBe('delivered');
		const [media] = await carrier.client.messages(sent.sid).media.list();
		expect(media).toMatchObject({ contentType: 'image/png', parentSid: sent.sid, sid: expect.stringMatching(/^ME/) });
		const [text] = await carrier.get<{ sid: string; files: string[] }[]>(
			`/handsets/${encodeURIComponent(theirs)}/texts`
		);
		const shown = await fetch(`${carrier.url}/handsets/${encodeURIComponent(theirs)}/media/${text!.files[0]!}`);
		expect(shown.headers.get('content-type')).toBe('image/png');
		expect(Buffer.from(await shown.arrayBuffer())).toEqual(png);
	});

	test.each([
		['/none', 11200],
		['/page', 12300],
		['/large', 30019]
	])('fails where %s is the file, with %i', async (path, code) => {
		const sent = await carrier.client.messages.create({ from: ours, to: theirs, body: 'x', mediaUrl: [place + path] });
		expect(await ended(sent.sid)).toMatchObject({ status: 'failed', errorCode: code });
	});
});

describe('R3.8 a text with files to the account', () => {
	async function receive(): Promise<URLSearchParams> {
		told = [];
		const media = [{ type: 'image/png', data: Buffer.from(png).toString('base64') }];
		const { status } = await carrier.json('POST', `/handsets/${encodeURIComponent(theirs)}/texts`, {
			to: ours,
			body: '',
			media
		});
		expect(status).toBe(201);
		while (told.length === 0) await new Promise((done) => setTimeout(done, 20));
		return told[0]!;
	}

	test('tells their addresses, which ask for credentials and lead to a place that refuses them', async () => {
		const form = await receive();
		expect(Object.fromEntries(form)).toMatchObject({ NumMedia: '1', MediaContentType0: 'image/png' });
		const address = form.get('MediaUrl0')!;
		expect(address.startsWith(`${carrier.url}/2010-04-01/Accounts/${account.accountSid}/Messages/MM`)).toBe(true);
		expect((await fetch(address, { redirect: 'manual' })).status).toBe(401);
		const authorization = `Basic ${btoa(`${account.accountSid}:${account.authToken}`)}`;
		const answer = await fetch(address, { headers: { authorization }, redirect: 'manual' });
		expect(answer.status).toBe(307);
		const cdn = new URL(answer.headers.get('location')!, address);
		expect((await fetch(cdn, { headers: { authorization } })).status).toBe(400);
		expect(Buffer.from(await (await fetch(cdn)).arrayBuffer())).toEqual(png);
	});

	test('keeps them until the account deletes them', async () => {
		const sid = (await receive()).get('MessageSid')!;
		const [media] = await carrier.client.messages(sid).media.list();
		expect((await carrier.client.messages(sid).media(media!.sid).fetch()).contentType).toBe('image/png');
		await carrier.client.messages(sid).media(media!.sid).remove();
		expect(await carrier.client.messages(sid).media.list()).toEqual([]);
	});

	test('needs a word or a file', async () => {
		const empty = await carrier.json('POST', `/handsets/${encodeURIComponent(theirs)}/texts`, { to: ours, body: '' });
		expect(empty.status).toBe(422);
	});
});
