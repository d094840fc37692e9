import { expect, test } from 'vitest';
import { account, sdk, startCarrier, until } from '../support/carrier.ts';

const number = '+14155550142';
const handset = '+12065550107';

/** What the SDK raised. */
async function refusal(call: Promise<unknown>) {
	const error = await call.then(
		() => {
			throw new Error('not refused');
		},
		(reason: unknown) => reason as { name: string; status: number; code: number; message: string; moreInfo: string }
	);
	return { name: error.constructor.name, status: error.status, code: error.code, moreInfo: error.moreInfo };
}

const refused = (code: number, status = 400) => ({
	name: 'RestException',
	status,
	code,
	moreInfo: `https://www.twilio.com/docs/errors/${code}`
});

test('a text is created, fetched and delivered with the owned number as its sender', async () => {
	await using carrier = await startCarrier();
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number });
	const before = Date.now();

	const created = await carrier.client.messages.create({ to: handset, from: number, body: 'Hi €, the gate is open.' });
	expect(created).toMatchObject({
		accountSid: account.accountSid,
		apiVersion: '2010-04-01',
		body: 'Hi €, the gate is open.',
		dateSent: null,
		direction: 'outbound-api',
		errorCode: null,
		errorMessage: null,
		from: number,
		messagingServiceSid: null,
		numMedia: '0',
		numSegments: '1',
		price: null,
		priceUnit: 'USD',
		status: 'queued',
		to: handset,
		uri: `/2010-04-01/Accounts/${account.accountSid}/Messages/${created.sid}.json`
	});
	expect(created.sid).toMatch(/^SM[0-9a-f]{32}$/);
	expect(created.subresourceUris).toEqual({ media: created.uri.replace('.json', '/Media.json') });
	expect(created.dateCreated.getTime()).toBeGreaterThan(before - 1001);

	await expect.poll(async () => (await carrier.client.messages(created.sid).fetch()).status).toBe('delivered');
	expect((await carrier.client.messages(created.sid).fetch()).dateSent).toBeInstanceOf(Date);
	const texts = await carrier.get<unknown[]>(`/handsets/${handset}/texts`);
	expect(texts).toMatchObject([
		{ sid: created.sid, direction: 'received', from: number, to: handset, status: 'received' }
	]);
});

test('segments are counted and pictures make a MM', async () => {
	await using carrier = await startCarrier();
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number });
	const create = (body: string, mediaUrl?: string[]) =>
		carrier.client.messages.create({ to: handset, from: number, body, mediaUrl });
	expect((await create('a'.repeat(161))).numSegments).toBe('2');
	expect((await create('é́'.repeat(40))).numSegments).toBe('2');
	const picture = await create('', ['https://pictures.example/1.png', 'https://pictures.example/2.png']);
	expect(picture).toMatchObject({ sid: expect.stringMatching(/^MM/) as string });
});

test('texts are listed newest first, filtered by number and date, and paged both ways without a gap', async () => {
	await using carrier = await startCarrier({ pace: { sent: 0, delivered: 1 } });
	const { messages } = carrier.client;
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number });
	for (let i = 0; i < 7; i += 1) await messages.create({ to: handset, from: number, body: `Text ${i}` });
	await messages.create({ to: '+12065550108', from: number, body: 'Another' });
	await carrier.json('POST', `/handsets/${handset}/texts`, { to: number, body: 'Answer' });
	await carrier.json('POST', `/handsets/${handset}/texts`, { to: '+12065550109', body: 'None of your business' });

	const bodies = (list: { body: string }[]) => list.map(({ body }) => body);
	const newestFirst = ['Text 6', 'Text 5', 'Text 4', 'Text 3', 'Text 2', 'Text 1', 'Text 0'];
	expect(bodies(await messages.list())).toEqual(['Answer', 'Another', ...newestFirst]);
	expect(bodies(await messages.list({ to: handset, from: number }))).toEqual(newestFirst);
	expect(bodies(await messages.list({ to: handset, pageSize: 2 }))).toEqual(newestFirst);
	expect(bodies(await messages.list({ to: handset, limit: 3 }))).toEqual(newestFirst.slice(0, 3));
	expect(bodies(await messages.list({ from: handset }))).toEqual(['Answer']);

	const first = await messages.page({ to: handset, pageSize: 3 });
	await messages.create({ to: handset, from: number, body: 'Came in between' });
	const second = await first.nextPage();
	expect(bodies(second!.instances)).toEqual(['Text 3', 'Text 2', 'Text 1']);
	const third = await second!.nextPage();
	expect(bodies(third!.instances)).toEqual(['Text 0']);
	expect(third!.nextPage()).toBeUndefined();
	expect(bodies((await third!.previousPage())!.instances)).toEqual(['Text 3', 'Text 2', 'Text 1']);
	expect(bodies((await second!.previousPage())!.instances)).toEqual(['Text 6', 'Text 5', 'Text 4']);

	await expect.poll(async () => (await messages.list({ from: number, limit: 1 }))[0]!.status).toBe('delivered');
	const hour = 3_600_000;
	const [ago, ahead] = [new Date(Date.now() - hour), new Date(Date.now() + hour)];
	const counted = async (filter: Parameters<typeof messages.list>[0]) => (await messages.list(filter)).length;
	expect(await counted({ dateSentAfter: ago })).toBe(10);
	expect(await counted({ dateSentAfter: ahead })).toBe(0);
	expect(await counted({ dateSentBefore: ago })).toBe(0);
	expect(await counted({ dateSentAfter: ago, dateSentBefore: ahead, to: number })).toBe(1);
	expect(await counted({ dateSent: new Date() })).toBe(10);
	expect(await counted({ dateSent: new Date(Date.now() - 48 * hour) })).toBe(0);
});

test('a page says where it stands in the words of Twilio', async () => {
	await using carrier = await startCarrier();
	const list = `/2010-04-01/Accounts/${account.accountSid}/IncomingPhoneNumbers.json`;
	for (const last of ['42', '43', '44']) {
		await carrier.client.incomingPhoneNumbers.create({ phoneNumber: `+141555501${last}` });
	}
	const { body } = await carrier.client.request({ method: 'get', uri: `https://api.twilio.com${list}?PageSize=2` });
	expect(body).toMatchObject({
		first_page_uri: `${list}?PageSize=2&Page=0`,
		next_page_uri: expect.stringMatching(/Page=1&PageToken=PAPN[0-9a-f]{32}$/) as string,
		previous_page_uri: null,
		uri: `${list}?PageSize=2`,
		page: 0,
		page_size: 2,
		start: 0,
		end: 1
	});
});

test('numbers are bought, listed, fetched, changed and given back', async () => {
	await using carrier = await startCarrier();
	const { client } = carrier;
	const smsUrl = 'http://127.0.0.1:54321/functions/v1/twilio/inbound#rc=2';
	const bought = await client.incomingPhoneNumbers.create({ phoneNumber: number, smsUrl });
	expect(bought).toMatchObject({
		phoneNumber: number,
		friendlyName: '(415) 555-0142',
		smsUrl,
		smsMethod: 'POST',
		statusCallback: '',
		capabilities: { sms: true },
		status: 'in-use'
	});
	expect(bought.sid).toMatch(/^PN[0-9a-f]{32}$/);
	const inArea = await client.incomingPhoneNumbers.create({ areaCode: '212', friendlyName: 'New York' });
	expect(inArea.phoneNumber).toMatch(/^\+1212555/);

	const found = async (filter: Parameters<typeof client.incomingPhoneNumbers.list>[0]) =>
		(await client.incomingPhoneNumbers.list(filter)).map(({ phoneNumber }) => phoneNumber);
	expect(await found({})).toEqual([number, inArea.phoneNumber]);
	expect(await found({ pageSize: 1 })).toEqual([number, inArea.phoneNumber]);
	expect(await found({ phoneNumber: number })).toEqual([number]);
	expect(await found({ phoneNumber: '415*5501' })).toEqual([number]);
	expect(await found({ phoneNumber: '+4420' })).toEqual([]);
	expect(await found({ friendlyName: 'New York' })).toEqual([inArea.phoneNumber]);

	const numbers = client.incomingPhoneNumbers;
	const changed = await numbers(bought.sid).update({
		smsUrl: 'https://app.example/in',
		smsMethod: 'GET',
		friendlyName: 'Desk'
	});
	expect(changed).toMatchObject({ smsUrl: 'https://app.example/in', smsMethod: 'GET', friendlyName: 'Desk' });
	expect(await numbers(bought.sid).fetch()).toMatchObject({
		sid: bought.sid,
		friendlyName: 'Desk',
		phoneNumber: number
	});
	expect(await numbers(inArea.sid).remove()).toBe(true);
	expect(await refusal(numbers(inArea.sid).fetch())).toEqual(refused(20404, 404));
	expect((await client.api.v2010.accounts(account.accountSid).fetch()).status).toBe('active');
});

test('what the account may not do is refused with the documented code', async () => {
	await using carrier = await startCarrier();
	const { client, url } = carrier;
	const bought = await client.incomingPhoneNumbers.create({ phoneNumber: number });
	const create = (draft: Partial<Parameters<typeof client.messages.create>[0]>) =>
		refusal(client.messages.create({ to: handset, from: number, body: 'Hi', ...draft }));

	expect(await refusal(sdk(url, 'wrong').messages.list())).toEqual(refused(20003, 401));
	expect(await refusal(client.api.v2010.accounts(`AC${'f'.repeat(32)}`).fetch())).toEqual(refused(20003, 401));
	expect(await refusal(client.messages(`SM${'0'.repeat(32)}`).fetch())).toEqual(refused(20404, 404));
	expect(await refusal(client.calls.list())).toEqual(refused(20404, 404));
	expect(await create({ to: '+1415' })).toEqual(refused(21211));
	expect(await create({ to: 'Elena' })).toEqual(refused(21211));
	expect(await create({ to: '' })).toEqual(refused(21604));
	expect(await create({ from: 'Guest desk' })).toEqual(refused(21212));
	expect(await create({ from: '+14155550199' })).toEqual(refused(21606));
	expect(await create({ from: '' })).toEqual(refused(21603));
	expect(await create({ to: number })).toEqual(refused(21266));
	expect(await create({ body: '' })).toEqual(refused(21602));
	expect(await create({ body: 'a'.repeat(1601) })).toEqual(refused(21617));
	expect(await create({ statusCallback: 'not an address' })).toEqual(refused(21609));
	expect(await create({ mediaUrl: ['javascript:alert(1)'] })).toEqual(refused(21620));
	expect(await create({ scheduleType: 'fixed', sendAt: new Date() })).toEqual(refused(20001));
	expect(await refusal(client.incomingPhoneNumbers.create({ phoneNumber: number }))).toEqual(refused(21422));
	expect(await refusal(client.incomingPhoneNumbers.create({ phoneNumber: '+1415' }))).toEqual(refused(21421));
	expect(await refusal(client.incomingPhoneNumbers(bought.sid).update({ smsUrl: 'ftp://app.example' }))).toEqual(
		refused(21402)
	);
	expect(await refusal(client.messages.page({ pageToken: 'PAnonsense' }))).toEqual(refused(20001));
	expect(await client.messages.list()).toEqual([]);
});

test('texts can be emptied and deleted once they have ended, not before', async () => {
	await using carrier = await startCarrier({ pace: { sent: 20, delivered: 600 } });
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number });
	const { sid } = await carrier.client.messages.create({ to: handset, from: number, body: 'A secret' });
	const text = carrier.client.messages(sid);
	expect(await refusal(text.remove())).toEqual(refused(20009, 409));
	await expect.poll(async () => (await text.fetch()).status).toBe('delivered');
	expect((await text.update({ body: '' })).body).toBe('');
	expect(await text.remove()).toBe(true);
	expect(await refusal(text.fetch())).toEqual(refused(20404, 404));
});

test('with a Messaging Service alone the text is accepted first and gets one of the owned numbers', async () => {
	await using carrier = await startCarrier();
	const messagingServiceSid = `MG${'0'.repeat(32)}`;
	const draft = { to: handset, body: 'Hi', messagingServiceSid };
	expect(await refusal(carrier.client.messages.create(draft))).toEqual(refused(21703));
	await carrier.client.incomingPhoneNumbers.create({ phoneNumber: number });
	const text = await carrier.client.messages.create(draft);
	expect(text).toMatchObject({ status: 'accepted', from: null, messagingServiceSid });
	await expect.poll(async () => (await carrier.client.messages(text.sid).fetch()).status).toBe('delivered');
	expect((await carrier.client.messages(text.sid).fetch()).from).toBe(number);
});

test('after STOP the carrier refuses with 21610, for this pair of numbers only, until START', async () => {
	await using carrier = await startCarrier();
	const { client } = carrier;
	for (const phoneNumber of [number, '+14155550143']) await client.incomingPhoneNumbers.create({ phoneNumber });
	const say = (body: string) => carrier.json('POST', `/handsets/${handset}/texts`, { to: number, body });
	const create = (from = number, to = handset) => client.messages.create({ to, from, body: 'Hi' });

	await say('please STOP this bill');
	expect((await create()).status).toBe('queued');
	await say(' Stop. ');
	expect(await refusal(create())).toEqual(refused(21610));
	expect((await create('+14155550143')).status).toBe('queued');
	expect((await create(number, '+12065550108')).status).toBe('queued');
	await say('UNSTOP');
	expect((await create()).status).toBe('queued');

	const texts = () => carrier.get<{ direction: string; body: string }[]>(`/handsets/${handset}/texts`);
	const answers = (await texts()).filter(({ body }) => body.startsWith('You have successfully been'));
	expect(answers.map(({ direction }) => direction)).toEqual(['received', 'received']);
	const { length } = await client.messages.list({ from: number, to: handset });
	expect(length).toBe(2);
	await until(() => carrier.lines.some((line) => line.includes('Messages.json 201')));
	expect(carrier.lines.join()).not.toContain(account.authToken);
});
