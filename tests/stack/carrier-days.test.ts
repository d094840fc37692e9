/** Scenarios: bad days by chance, from a seed. */
import { expect, test } from 'vitest';
import { startCarrier, startCustomer, until } from '../support/carrier.ts';

const number = '+14155550142';
const other = '+14155550167';
const handset = '+12125550107';

type Carrier = Awaited<ReturnType<typeof startCarrier>>;

const own = (...rules: object[]) => ({ name: 'own', rules });

/** What becomes of so many create calls: their status, or "cut". */
async function fates(carrier: Carrier, from: string, count: number): Promise<(number | 'cut')[]> {
	const list: (number | 'cut')[] = [];
	for (let at = 0; at < count; at += 1) {
		const draft = { to: handset, from, body: `Text ${at}` };
		const answer = await carrier.client.messages.create(draft).then(
			() => 201,
			(error: { status?: number }) => error.status ?? ('cut' as const)
		);
		list.push(answer);
	}
	return list;
}

test('the same seed gives the same day again, another seed another', async () => {
	await using carrier = await startCarrier();
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number });
	const day = async (seed: number) => {
		await carrier.json('DELETE', '/scenarios');
		const rules = [
			{ target: 'messages.create', kind: 'status', status: 429, chance: 0.3 },
			{ target: 'messages.create', kind: 'cut_after', chance: 0.2 }
		];
		expect((await carrier.json('POST', '/scenarios', { ...own(...rules), seed })).status).toBe(201);
		return fates(carrier, number, 24);
	};
	const first = await day(7);
	expect(new Set(first)).toEqual(new Set([201, 429, 'cut']));
	expect(await day(7)).toEqual(first);
	expect(await day(8)).not.toEqual(first);
	expect((await carrier.json('DELETE', '/scenarios')).status).toBe(204);
	expect(await fates(carrier, number, 8)).toEqual(Array(8).fill(201));
});

test('a scenario or a fault can be about one number alone', async () => {
	await using carrier = await startCarrier();
	for (const phoneNumber of [number, other]) await carrier.client.incomingPhoneNumbers.create({ phoneNumber });
	const rule = { target: 'messages.create', kind: 'status', status: 503, chance: 1 };
	await carrier.json('POST', '/scenarios', { ...own(rule), numbers: [other] });
	expect(await fates(carrier, number, 2)).toEqual([201, 201]);
	expect(await fates(carrier, other, 2)).toEqual([503, 503]);
	await carrier.json('DELETE', '/scenarios');
	await carrier.json('POST', '/faults', { target: 'messages.create', kind: 'status', status: 500, number: other });
	expect(await fates(carrier, number, 1)).toEqual([201]);
	expect(await fates(carrier, other, 2)).toEqual([500, 201]);
	await carrier.json('POST', '/faults', { target: 'messages.list', kind: 'status', status: 500, number: other });
	expect(await carrier.client.messages.list({ from: number })).toHaveLength(3);
	await expect(carrier.client.messages.list({ from: other })).rejects.toMatchObject({ status: 500 });
	expect(await carrier.client.messages.list({ from: other })).toHaveLength(1);
});

test('the worst day says what it is, and mixes everything', async () => {
	await using carrier = await startCarrier();
	const { status, body } = await carrier.json('POST', '/scenarios', { name: 'worst-day', seed: 'today' });
	expect(status).toBe(201);
	const { rules } = body as { rules: { target: string; kind: string; status?: unknown; code?: number }[] };
	const has = (wanted: object) => expect(rules).toContainEqual(expect.objectContaining(wanted));
	for (const target of ['callbacks', 'inbound']) {
		for (const kind of ['lose', 'duplicate', 'hang', 'cut_after', 'status']) has({ target, kind });
	}
	for (const status of [429, 500]) has({ target: 'messages.create', kind: 'status', status });
	for (const kind of ['hang', 'cut_after']) has({ target: 'messages.create', kind });
	for (const code of [21610, 30003, 30007, 30034]) has({ code });
	has({ kind: 'redact' });
	has({ kind: 'opt_out_type' });
	const known = await carrier.get<{ active: { name: string; seed: string }[] }>('/scenarios');
	expect(known.active).toMatchObject([{ name: 'worst-day', seed: 'today', numbers: null }]);
});

test.each([
	{ name: 'a-fine-day' },
	{ name: 'worst-day', rules: [] },
	{ name: 'own' },
	{ name: 'own', rules: [{ target: 'messages.create', kind: 'lose', chance: 1 }] },
	{ name: 'own', rules: [{ target: 'inbound', kind: 'lose', chance: 2 }] },
	{ name: 'worst-day', surprise: true }
])('a scenario that is not one is refused: %j', async (scenario) => {
	await using carrier = await startCarrier();
	expect(await carrier.json('POST', '/scenarios', scenario)).toMatchObject({
		status: 422,
		body: { error: 'body_invalid' }
	});
});

test('a one-time code in an inbound text is struck out: 30038, in the webhook and in the list', async () => {
	await using customer = await startCustomer();
	await using carrier = await startCarrier();
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number, smsUrl: customer.url });
	await carrier.json('POST', '/scenarios', { name: 'redacted-codes' });
	const say = (body: string) => carrier.json('POST', `/handsets/${handset}/texts`, { to: number, body });
	await say('Your Tidewater code is 483-920. It ends in 10 minutes.');
	await say('The bill is $4,820.50, room 1204.');
	await until(() => customer.hooks.length === 2);
	const [code, bill] = customer.hooks.map(({ parameters }) => parameters);
	expect(code).toMatchObject({ Body: 'Your Tidewater code is *******. It ends in 10 minutes.', ErrorCode: '30038' });
	expect(bill).toMatchObject({ Body: 'The bill is $4,820.50, room 1204.' });
	expect(bill).not.toHaveProperty('ErrorCode');
	const kept = await carrier.client.messages(code!.MessageSid!).fetch();
	expect(kept).toMatchObject({ status: 'failed', errorCode: 30038, errorMessage: 'OTP message body filtered' });
	expect(kept.body).not.toContain('483');
});

test('with Advanced Opt-Out the carrier answers a keyword and says so', async () => {
	await using customer = await startCustomer();
	await using carrier = await startCarrier();
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number, smsUrl: customer.url });
	await carrier.json('POST', '/scenarios', { name: 'advanced-opt-out' });
	for (const body of ['STOP', 'Hello', 'start', 'HELP']) {
		await carrier.json('POST', `/handsets/${handset}/texts`, { to: number, body });
	}
	await until(() => customer.hooks.length === 4);
	expect(customer.hooks.map(({ parameters }) => parameters.OptOutType)).toEqual(['STOP', undefined, 'START', 'HELP']);
	const texts = await carrier.get<{ direction: string }[]>(`/handsets/${handset}/texts`);
	expect(texts.filter(({ direction }) => direction === 'received')).toHaveLength(3);
});

test('texts end as the day has it, except where a handset was told how', async () => {
	await using carrier = await startCarrier({ pace: { sent: 1, delivered: 2 } });
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number });
	const rule = { target: 'outcomes', kind: 'outcome', status: 'undelivered', code: 30034, chance: 1 };
	await carrier.json('POST', '/scenarios', own(rule));
	await carrier.json('POST', `/handsets/${other}/outcome`, { status: 'failed', code: 30008 });
	const end = async (to: string) => {
		const { sid } = await carrier.client.messages.create({ to, from: number, body: 'Hi' });
		await expect.poll(async () => (await carrier.client.messages(sid).fetch()).errorCode).not.toBeNull();
		return carrier.client.messages(sid).fetch();
	};
	expect(await end(handset)).toMatchObject({ status: 'undelivered', errorCode: 30034 });
	expect(await end(other)).toMatchObject({ status: 'failed', errorCode: 30008 });
});
