import { request } from 'node:http';
import { expect, test } from 'vitest';
import { startCarrier, startCustomer, until } from '../support/carrier.ts';

const number = '+14155550142';
const handset = '+12125550107';
type Text = { sid: string; direction: string; from: string; to: string; body: string; at: string; status: string };

test('two handsets text each other without the account seeing it', async () => {
	await using carrier = await startCarrier();
	const other = '+13035550108';
	await carrier.json('POST', `/handsets/${handset}/texts`, { to: '+1 303 555 0108', body: 'Lunch?' });
	await carrier.json('POST', `/handsets/${encodeURIComponent(other)}/texts`, { to: handset, body: 'Gladly' });
	const texts = await carrier.get<Text[]>(`/handsets/${handset}/texts`);
	expect(texts.map(({ direction, from, to, body }) => [direction, from, to, body])).toEqual([
		['sent', handset, other, 'Lunch?'],
		['received', other, handset, 'Gladly']
	]);
	expect(new Date(texts[0]!.at).toISOString()).toBe(texts[0]!.at);
	expect(await carrier.client.messages.list()).toEqual([]);
	expect(await carrier.get('/handsets')).toMatchObject({
		handsets: [
			{ number: handset, last_body: 'Gladly' },
			{ number: other, last_body: 'Gladly' }
		],
		numbers: []
	});
});

test('one owned number texts another: out for the one, in for the other', async () => {
	await using customer = await startCustomer();
	await using carrier = await startCarrier();
	const other = '+14155550143';
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number });
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: other, smsUrl: customer.url });
	await carrier.client.messages.create({ to: other, from: number, body: 'Across the hall' });
	const hook = await until(() => customer.hooks[0]);
	expect(hook.parameters).toMatchObject({ From: number, To: other, Body: 'Across the hall', SmsStatus: 'received' });
	expect((await carrier.client.messages.list()).map(({ direction }) => direction)).toEqual(['inbound', 'outbound-api']);
});

test('a short code or a sender’s name can text a number as well', async () => {
	await using customer = await startCustomer();
	await using carrier = await startCarrier();
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number, smsUrl: customer.url });
	for (const from of ['32665', 'Bookable']) {
		const { status } = await carrier.json('POST', `/handsets/${from}/texts`, {
			to: number,
			body: '418207 is your code'
		});
		expect(status).toBe(201);
	}
	await until(() => customer.hooks.length === 2);
	const told = customer.hooks.map(({ parameters: { From, FromCountry } }) => [From, FromCountry]);
	expect(told.sort()).toEqual([
		['32665', ''],
		['Bookable', '']
	]);
});

test('an invented handset has a number nobody has, from the range for fiction', async () => {
	await using carrier = await startCarrier();
	const { status, body } = await carrier.json('POST', '/handsets');
	expect(status).toBe(201);
	expect(body).toMatchObject({
		number: expect.stringMatching(/^\+1[2-9]\d{2}55501\d{2}$/) as string,
		prefix: '+1',
		rest: expect.stringMatching(/^\d{3} 555 01\d{2}$/) as string
	});
});

test('bad input is refused in JSON, with a slug and a sentence', async () => {
	await using carrier = await startCarrier();
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number });
	const texts = `/handsets/${handset}/texts`;
	const cases: [path: string, body: unknown, error: string][] = [
		[texts, { to: '+1 415', body: 'Hi' }, 'to_invalid'],
		[texts, { to: handset, body: 'Hi' }, 'to_invalid'],
		[texts, { to: number, body: '' }, 'body_invalid'],
		[texts, { to: number, body: 'a'.repeat(1601) }, 'body_invalid'],
		[texts, { to: number }, 'body_invalid'],
		[texts, null, 'body_invalid'],
		['/handsets/+1/texts', { to: number, body: 'Hi' }, 'handset_invalid'],
		[`/handsets/${number}/texts`, { to: handset, body: 'Hi' }, 'handset_is_owned'],
		[`/handsets/${handset}/outcome`, { status: 'lost' }, 'body_invalid'],
		['/faults', { target: 'nothing', kind: 'status', status: 500 }, 'body_invalid'],
		['/faults', { target: 'messages.create', kind: 'hang' }, 'body_invalid']
	];
	for (const [path, input, error] of cases) {
		const { status, body } = await carrier.json('POST', path, input);
		expect({ status, body }, path).toMatchObject({
			status: 422,
			body: { error, message: expect.any(String) as string }
		});
	}
	const response = await fetch(carrier.url + texts, { method: 'POST', body: 'to=1' });
	expect(response.status).toBe(400);
	expect(await response.json()).toMatchObject({ error: 'body_not_json' });
});

test('a web page elsewhere cannot hold a handset', async () => {
	await using carrier = await startCarrier();
	const texts = `/handsets/${handset}/texts`;
	const post = (path: string, headers: Record<string, string>) =>
		carrier.json('POST', path, { to: '+13035550108', body: 'Hi' }, headers).then(({ status }) => status);
	expect(await post(texts, { origin: carrier.url })).toBe(201);
	for (const origin of ['https://evil.example', 'http://127.0.0.1:1', 'null']) {
		expect(await post(texts, { origin })).toBe(403);
		expect(await post('/handsets', { origin })).toBe(403);
		expect(await post('/faults', { origin })).toBe(403);
	}
	// fetch sends neither header itself; another site that resolves to this machine shows by its host
	const raw = (path: string, headers: Record<string, string>) =>
		new Promise((resolve, reject) => {
			request(carrier.url + path, { headers }, (answer) => resolve(answer.resume().statusCode))
				.on('error', reject)
				.end();
		});
	expect(await raw(texts, { 'sec-fetch-site': 'same-site' })).toBe(403);
	expect(await raw(texts, { 'sec-fetch-site': 'same-origin' })).toBe(200);
	const host = `evil.example:${new URL(carrier.url).port}`;
	expect(await raw(texts, { host, origin: `http://${host}` })).toBe(403);
	expect(await raw('/', { host })).toBe(403);
});

test('the page has no inline script or style, a strict policy, and shows what was written as text', async () => {
	await using carrier = await startCarrier();
	const body = '<img src=x onerror=alert(1)>"\'&';
	await carrier.json('POST', `/handsets/${handset}/texts`, { to: '+13035550108', body });
	const response = await fetch(carrier.url);
	const policy = response.headers.get('content-security-policy') ?? '';
	expect(policy).toContain("default-src 'none'");
	expect(policy).not.toContain('unsafe');
	const html = await response.text();
	expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
	expect(html).not.toMatch(/<script(?![^>]*src=)|\sstyle=|\son\w+="/);
	const files = [...html.matchAll(/(?:src|href)="(\/page\/[^"]+)"/g)].map((match) => match[1]!);
	expect(files.length).toBeGreaterThan(3);
	for (const file of files) expect((await fetch(carrier.url + file)).status, file).toBe(200);
});

test('what happens on a handset is told at once to whoever listens', async () => {
	await using carrier = await startCarrier();
	const response = await fetch(`${carrier.url}/handsets/events`);
	expect(response.headers.get('content-type')).toContain('text/event-stream');
	let heard = '';
	const listening = (async () => {
		for await (const chunk of response.body!) heard += Buffer.from(chunk).toString();
	})().catch(() => undefined); // the carrier hangs up at the end
	await until(() => heard.includes('event: ready'));
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number });
	await until(() => heard.includes('event: numbers'));
	await carrier.json('POST', `/handsets/${handset}/texts`, { to: number, body: 'Hello' });
	await carrier.client.messages.create({ to: handset, from: number, body: 'Hello yourself' });
	await until(() => heard.includes('Hello yourself'));
	const news = [...heard.matchAll(/event: text\ndata: (.+)\n/g)].map(
		(match) => JSON.parse(match[1]!) as { handset: string; text: Text }
	);
	expect(news.map(({ handset, text }) => [handset, text.direction, text.status])).toEqual([
		[handset, 'sent', 'delivered'],
		[handset, 'received', 'received']
	]);
	await carrier.stop();
	await listening;
});
