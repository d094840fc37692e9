import { expect, test } from 'vitest';
import { account, startCarrier, startCustomer, until, type Hook } from '../support/carrier.ts';

const number = '+14155550142';
const handset = '+12125550107';
const statuses = (hooks: Hook[]) => hooks.map(({ parameters }) => parameters.MessageStatus);

test('a text on an owned number reaches its SmsUrl, signed and with every documented parameter', async () => {
	await using customer = await startCustomer();
	await using carrier = await startCarrier();
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number, smsUrl: `${customer.url}/in?team=1#rc=1` });

	const body = 'Is “the garage” open?\r\nAsking for 👋 & a friend + more';
	const { status, body: made } = await carrier.json('POST', `/handsets/${handset}/texts`, { to: number, body });
	const { sid } = made as { sid: string };
	expect(status).toBe(201);
	const hook = await until(() => customer.hooks[0]);
	expect(hook.method).toBe('POST');
	expect(hook.url).toBe('/in?team=1');
	expect(hook.headers['content-type']).toContain('application/x-www-form-urlencoded');
	expect(hook.headers['i-twilio-idempotency-token']).toMatch(/^[0-9a-f-]{36}$/);
	expect(customer.accepts(hook)).toBe(true);
	expect(customer.accepts({ ...hook, parameters: { ...hook.parameters, Body: 'Other' } })).toBe(false);
	expect(customer.accepts({ ...hook, url: '/in' })).toBe(false);
	expect(hook.parameters).toEqual({
		MessageSid: sid,
		SmsSid: sid,
		SmsMessageSid: sid,
		SmsStatus: 'received',
		AccountSid: account.accountSid,
		ApiVersion: '2010-04-01',
		From: handset,
		FromCity: 'NEW YORK',
		FromState: 'NY',
		FromZip: '10013',
		FromCountry: 'US',
		To: number,
		ToCity: 'SAN FRANCISCO',
		ToState: 'CA',
		ToZip: '94105',
		ToCountry: 'US',
		Body: body,
		NumMedia: '0',
		NumSegments: '1'
	});
	const fetched = await carrier.client.messages(sid).fetch();
	expect(fetched).toMatchObject({ direction: 'inbound', status: 'received', from: handset, to: number, body });
	await expect
		.poll(() => carrier.get(`/handsets/${handset}/texts`))
		.toMatchObject([{ sid, direction: 'sent', status: 'delivered', error_code: null }]);
});

test('a text out is reported sent, then delivered, and never queued', async () => {
	await using customer = await startCustomer();
	await using carrier = await startCarrier();
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number });
	const statusCallback = `${customer.url}/status?message=0198-a&x=%27y%27`;
	const { sid } = await carrier.client.messages.create({ to: handset, from: number, body: 'Hi', statusCallback });

	await until(() => customer.hooks.length === 2);
	expect(statuses(customer.hooks)).toEqual(['sent', 'delivered']);
	expect(customer.hooks.every(customer.accepts)).toBe(true);
	expect(customer.hooks.map(({ url }) => url)).toEqual(Array(2).fill('/status?message=0198-a&x=%27y%27'));
	const base = { MessageSid: sid, SmsSid: sid, AccountSid: account.accountSid, From: number, To: handset };
	expect(customer.hooks[0]!.parameters).toEqual({
		...base,
		ApiVersion: '2010-04-01',
		MessageStatus: 'sent',
		SmsStatus: 'sent'
	});
	expect(customer.hooks[1]!.parameters.RawDlrDoneDate).toMatch(/^\d{10}$/);
	const [first, second] = customer.hooks.map(({ headers }) => headers['i-twilio-idempotency-token']);
	expect(first).not.toBe(second);
});

test('a handset that cannot be reached ends its texts undelivered or failed, with the code asked for', async () => {
	await using customer = await startCustomer();
	await using carrier = await startCarrier();
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number });
	const draft = { to: handset, from: number, body: 'Hi', statusCallback: customer.url };
	const end = async (outcome: object) => {
		customer.hooks.length = 0;
		await carrier.json('POST', `/handsets/${handset}/outcome`, outcome);
		const text = await carrier.client.messages.create(draft);
		const last = await until(() => customer.hooks.find(({ parameters }) => parameters.MessageStatus !== 'sent'));
		return {
			reported: statuses(customer.hooks),
			code: last.parameters.ErrorCode,
			text: await carrier.client.messages(text.sid).fetch()
		};
	};

	expect(await end({ status: 'undelivered', code: 30007 })).toMatchObject({
		reported: ['sent', 'undelivered'],
		code: '30007',
		text: { status: 'undelivered', errorCode: 30007, errorMessage: 'Message filtered' }
	});
	expect(await end({ status: 'failed' })).toMatchObject({ reported: ['failed'], code: '30008' });
	expect(await carrier.get(`/handsets/${handset}/texts`)).toEqual([]);
	expect(await end({ status: 'delivered' })).toMatchObject({ reported: ['sent', 'delivered'], code: undefined });
});

test('a webhook that meets an error or a broken line is sent again with the same token, growing apart', async () => {
	const answers: (number | null)[] = [503, null, 200];
	await using customer = await startCustomer((_, place) => answers[place] ?? null);
	await using carrier = await startCarrier({ pace: { retries: [20, 60] } });
	const smsUrl = `${customer.url}#rc=3&rp=5xx,rt`;
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number, smsUrl });
	await carrier.json('POST', `/handsets/${handset}/texts`, { to: number, body: 'Hi' });

	await until(() => customer.hooks.length === 3);
	expect(new Set(customer.hooks.map(({ headers }) => headers['i-twilio-idempotency-token'])).size).toBe(1);
	await until(() => carrier.lines.some((line) => line.includes('attempt 3: 200')));
	expect(carrier.lines.filter((line) => line.startsWith('inbound'))).toHaveLength(3);
});

test('retries follow the fragment: #rc says how many, #rp after what; without them one, and only if nobody was there', async () => {
	let answer = 500;
	await using customer = await startCustomer(() => answer);
	await using carrier = await startCarrier({ pace: { retries: [1] } });
	const give = async (smsUrl: string) => {
		customer.hooks.length = 0;
		const [owned] = await carrier.client.incomingPhoneNumbers.list();
		if (owned) await carrier.client.incomingPhoneNumbers(owned.sid).update({ smsUrl });
		else await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number, smsUrl });
		const { body } = await carrier.json('POST', `/handsets/${handset}/texts`, { to: number, body: 'Hi' });
		await until(() => carrier.lines.some((line) => line.includes(`${(body as { sid: string }).sid} given up`)));
		return customer.hooks.length;
	};
	expect(await give(customer.url)).toBe(1);
	expect(await give(`${customer.url}#rp=5xx`)).toBe(2);
	expect(await give(`${customer.url}#rc=3&rp=ct,rt`)).toBe(1);
	expect(await give(`${customer.url}#rc=1&rp=all`)).toBe(2);
	expect(await give(`${customer.url}#rc=0&rp=all`)).toBe(1);
	expect(await give(`${customer.url}#rc=99&rp=5xx`)).toBe(6);
	answer = 403;
	expect(await give(`${customer.url}#rc=2&rp=5xx`)).toBe(1);
	expect(await give(`${customer.url}#rc=2&rp=4xx`)).toBe(3);
	expect(await give(await closedPort())).toBe(0);
	expect(carrier.lines.filter((line) => line.includes('ECONNREFUSED'))).toHaveLength(2);
	expect(await carrier.get(`/handsets/${handset}/texts`)).toMatchObject(
		Array(9).fill({ status: 'failed', error_code: 11200 })
	);
});

test('#rt ends an attempt that is not answered in time, #tt all of them', async () => {
	await using customer = await startCustomer(() => new Promise(() => undefined));
	await using carrier = await startCarrier({ pace: { retries: [40] } });
	const smsUrl = `${customer.url}#ct=100&rt=100&tt=300&rc=5&rp=rt`;
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number, smsUrl });
	const started = Date.now();
	await carrier.json('POST', `/handsets/${handset}/texts`, { to: number, body: 'Hi' });
	await until(() => carrier.lines.some((line) => line.includes('given up')));
	expect(Date.now() - started).toBeLessThan(1500);
	expect(customer.hooks).toHaveLength(2);
});

test('what the SmsUrl would not hear goes to the SmsFallbackUrl, with the error and its address', async () => {
	await using customer = await startCustomer((hook) => (hook.url.startsWith('/in') ? 500 : 200));
	await using carrier = await startCarrier();
	const draft = { phoneNumber: number, smsUrl: `${customer.url}/in#rc=0`, smsFallbackUrl: `${customer.url}/second` };
	await carrier.client.incomingPhoneNumbers.create(draft);
	await carrier.json('POST', `/handsets/${handset}/texts`, { to: number, body: 'Hi' });
	const [first, second] = await until(() => customer.hooks.length === 2 && customer.hooks);
	expect(second!.parameters).toEqual({ ...first!.parameters, ErrorCode: '11200', ErrorUrl: `${customer.url}/in` });
	expect(customer.accepts(second!)).toBe(true);
	await expect
		.poll(() => carrier.get(`/handsets/${handset}/texts`))
		.toMatchObject([{ status: 'delivered', error_code: null }]);
});

/** An address where nobody listens. */
async function closedPort(): Promise<string> {
	const gone = await startCustomer();
	await gone[Symbol.asyncDispose]();
	return gone.url;
}

test('no answer in time counts as none', async () => {
	const silent = await import('node:net').then(({ createServer }) => createServer());
	await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
	const { port } = silent.address() as { port: number };
	await using carrier = await startCarrier({ pace: { timeout: 40, retries: [1] } });
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number, smsUrl: `http://127.0.0.1:${port}#rp=rt` });
	await carrier.json('POST', `/handsets/${handset}/texts`, { to: number, body: 'Hi' });
	await until(() => carrier.lines.some((line) => line.includes('attempt 2: no answer in time')));
	silent.close();
});

test('texts of one handset are told in their order, however slow the customer is', async () => {
	await using customer = await startCustomer(
		(_, place) => new Promise((resolve) => setTimeout(() => resolve(200), place === 0 ? 60 : 0))
	);
	await using carrier = await startCarrier();
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number, smsUrl: customer.url });
	const bodies = Array.from({ length: 30 }, (_, place) => `Text ${place}`);
	for (const body of bodies) await carrier.json('POST', `/handsets/${handset}/texts`, { to: number, body });
	await until(() => customer.hooks.length === 30);
	expect(customer.hooks.map(({ parameters }) => parameters.Body)).toEqual(bodies);
});

test('a fault answers a status with nothing done, as often as asked', async () => {
	await using carrier = await startCarrier();
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number });
	const create = () => carrier.client.messages.create({ to: handset, from: number, body: 'Hi' });
	const fault = { target: 'messages.create', kind: 'status' };
	await carrier.json('POST', '/faults', { ...fault, status: 429, count: 2 });
	await carrier.json('POST', '/faults', { ...fault, status: 500, code: 30001 });
	await expect(create()).rejects.toMatchObject({ status: 429, code: 20429 });
	await expect(create()).rejects.toMatchObject({ status: 429, code: 20429 });
	await expect(create()).rejects.toMatchObject({ status: 500, code: 30001 });
	expect(await carrier.client.messages.list()).toEqual([]);
	expect((await create()).status).toBe('queued');

	await carrier.json('POST', '/faults', { ...fault, status: 503 });
	expect((await carrier.json('DELETE', '/faults')).status).toBe(204);
	expect((await create()).status).toBe('queued');
});

test('a fault cuts the line after the work: the caller knows nothing, the text exists once and is delivered', async () => {
	await using customer = await startCustomer();
	await using carrier = await startCarrier();
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number });
	await carrier.json('POST', '/faults', { target: 'messages.create', kind: 'cut_after' });
	const draft = { to: handset, from: number, body: 'Once', statusCallback: customer.url };
	await expect(carrier.client.messages.create(draft)).rejects.toMatchObject({ code: 'ECONNRESET' });
	await until(() => customer.hooks.length === 2);
	expect(await carrier.client.messages.list({ to: handset, from: number })).toHaveLength(1);
});

test('a fault makes the create call hang: its receipts overtake its answer', async () => {
	await using customer = await startCustomer();
	await using carrier = await startCarrier({ pace: { sent: 5, delivered: 15 } });
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number });
	await carrier.json('POST', '/faults', { target: 'messages.create', kind: 'hang', ms: 600 });
	const draft = { to: handset, from: number, body: 'Late', statusCallback: customer.url };
	const { sid } = await carrier.client.messages.create(draft);
	expect(customer.hooks.map(({ parameters }) => parameters.MessageSid)).toEqual([sid, sid]);
});

test('faults of callbacks: one is late and overtaken, one arrives twice, one never', async () => {
	await using customer = await startCustomer();
	await using carrier = await startCarrier({ pace: { sent: 5, delivered: 15, retries: [5] } });
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number });
	const statusCallback = `${customer.url}#rp=all`;
	const after = async (fault: object, length: number) => {
		customer.hooks.length = 0;
		await carrier.json('POST', '/faults', { target: 'callbacks', ...fault });
		await carrier.client.messages.create({ to: handset, from: number, body: 'Hi', statusCallback });
		await until(() => customer.hooks.length === length);
		return statuses(customer.hooks);
	};
	expect(await after({ kind: 'hang', ms: 400 }, 2)).toEqual(['delivered', 'sent']);
	expect((await after({ kind: 'cut_after' }, 3)).filter((status) => status === 'sent')).toHaveLength(2);
	expect(await after({ kind: 'lose' }, 1)).toEqual(['delivered']);
	expect((await after({ kind: 'duplicate', copies: 2 }, 4)).filter((status) => status === 'sent')).toHaveLength(3);
});
