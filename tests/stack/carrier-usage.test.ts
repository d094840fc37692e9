import { expect, test } from 'vitest';
import { twilio } from '../../supabase/functions/_shared/carriers/twilio.ts';
import { account, startCarrier } from '../support/carrier.ts';

const number = '+14155550142';
const day = (from: Date, days = 0) => new Date(from.getTime() + days * 86_400_000).toISOString().slice(0, 10);

test('usage is told by day and category, as Twilio’s SDK reads it and the carrier port has it', async () => {
	await using carrier = await startCarrier({ pace: { sent: 0, delivered: 1 } });
	const { usage, messages, incomingPhoneNumbers } = carrier.client;
	await incomingPhoneNumbers.create({ phoneNumber: number });
	const sent = await messages.create({ to: '+12065550107', from: number, body: 'a'.repeat(161) });
	await carrier.json('POST', '/handsets/+12065550107/texts', { to: number, body: 'Answer' });
	await expect.poll(async () => (await messages(sent.sid).fetch()).status).toBe('delivered');
	const { price, dateSent: date } = await messages(sent.sid).fetch();

	const [outbound, ...others] = await usage.records.list({ category: 'sms-outbound' });
	expect(others).toEqual([]);
	expect(outbound).toMatchObject({
		accountSid: account.accountSid,
		category: 'sms-outbound',
		description: 'SMS: Outbound',
		...{ count: '1', countUnit: 'messages', usage: '2', usageUnit: 'segments' },
		...{ price: price.replace('-', ''), priceUnit: 'usd' }
	});
	const all = await usage.records.list();
	expect(all.map(({ category, count }) => [category, count])).toContainEqual(['sms', '2']);

	const startDate = new Date(`${day(date, -2)}T00:00:00Z`);
	const endDate = new Date(`${day(date)}T00:00:00Z`);
	const daily = await usage.records.daily.list({ category: 'sms-inbound', startDate, endDate });
	expect(daily.map(({ count, startDate: starts }) => [day(starts), count])).toEqual([
		[day(date), '1'],
		[day(date, -1), '0'],
		[day(date, -2), '0']
	]);
	// a page at a time it is the same
	const paged = await usage.records.daily.list({ startDate, endDate, pageSize: 4 });
	expect(paged).toHaveLength(18);
	expect(new Set(paged.map(({ category, startDate: starts }) => `${category} ${day(starts)}`)).size).toBe(18);
	await expect(usage.records.list({ category: 'calls' as never })).resolves.toEqual([]);

	const port = twilio({ ...account, baseUrl: carrier.url, fetch: globalThis.fetch });
	expect(await port.usage(day(date))).toEqual([
		{ category: 'sms-inbound', texts: 1, priceMicros: expect.any(Number) as number },
		{ category: 'sms-outbound', texts: 1, priceMicros: Math.round(-Number(price) * 1_000_000) },
		{ category: 'mms-inbound', texts: 0, priceMicros: 0 },
		{ category: 'mms-outbound', texts: 0, priceMicros: 0 }
	]);
	await carrier.json('POST', '/faults', { target: 'usage.list', kind: 'status', status: 503 });
	await expect(port.usage(day(date))).rejects.toThrow('503');
});
