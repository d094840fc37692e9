import { expect, test } from 'vitest';
import type { NumberOrder } from '../../supabase/functions/_shared/carriers/port.ts';
import { twilio } from '../../supabase/functions/_shared/carriers/twilio.ts';
import type { NumberSearch } from '#core/number-catalogue.ts';
import { account, startCarrier } from '../support/carrier.ts';

const search: NumberSearch = {
	country: 'US',
	type: 'local',
	areaCode: null,
	pattern: null,
	locality: null,
	region: null,
	capabilities: []
};

const order = (number: string, orderName: string, more: Partial<NumberOrder> = {}): NumberOrder => ({
	number,
	orderName,
	inboundUrl: 'https://app.example/inbound#rc=5&rp=all',
	statusUrl: 'https://app.example/status',
	addressId: null,
	bundleId: null,
	...more
});

function port(baseUrl: string, more: { fetch?: typeof fetch; timeoutMilliseconds?: number } = {}) {
	return twilio({ ...account, baseUrl, fetch: globalThis.fetch, ...more });
}

test('R4.1 numbers are found by what is asked of them, page by page', async () => {
	await using carrier = await startCarrier();
	const market = port(carrier.url);
	const countries = await market.numberCountries();
	expect(countries).toContainEqual({ country: 'US', types: ['local', 'toll_free'] });
	expect(countries).toContainEqual({ country: 'GB', types: ['local', 'mobile', 'toll_free'] });

	const wish = { ...search, areaCode: '415', capabilities: ['sms', 'mms'] as const };
	const first = await market.searchNumbers(wish, 3, null);
	expect(first.numbers).toHaveLength(3);
	expect(first.numbers[0]).toEqual({
		number: expect.stringMatching(/^\+1415/) as string,
		country: 'US',
		type: 'local',
		locality: 'San Francisco',
		region: 'CA',
		capabilities: ['voice', 'sms', 'mms'],
		addressRequirement: 'none'
	});
	const second = await market.searchNumbers(wish, 3, first.next);
	expect(new Set([...first.numbers, ...second.numbers].map(({ number }) => number)).size).toBe(6);
	// the address of another list leads nowhere else
	const other = await market.searchNumbers(wish, 3, '/2010-04-01/Accounts/AC0/Messages.json?Page=1');
	expect(other.numbers.every(({ number }) => number.startsWith('+1415'))).toBe(true);
	expect(first.next).toMatch(/^Page=1&PageToken=\w+$/);

	const pizza = await market.searchNumbers({ ...search, pattern: '*PIZZA' }, 5, null);
	expect(pizza.numbers.length).toBeGreaterThan(0);
	expect(pizza.numbers.every(({ number }) => number.includes('74992'))).toBe(true);
	expect(await market.searchNumbers({ ...search, type: 'mobile' }, 3, null)).toEqual({ numbers: [], next: null });
	await expect(market.searchNumbers({ ...search, pattern: '1*2' }, 3, null)).rejects.toMatchObject({
		slug: 'number_search_invalid'
	});
	await carrier.json('POST', '/faults', { target: 'available.list', kind: 'status', status: 503 });
	await expect(market.searchNumbers(search, 3, null)).rejects.toThrow('503');
});

test('R4.3 a number is bought under its order’s name, refused when it is sold, and given back', async () => {
	await using carrier = await startCarrier();
	const market = port(carrier.url);
	const { numbers } = await market.searchNumbers(search, 2, null);
	const [first, second] = numbers.map(({ number }) => number) as [string, string];
	const bought = await market.buyNumber(order(first, 'order 1'));
	expect(bought).toMatchObject({ outcome: 'bought', number: { number: first, orderName: 'order 1' } });
	expect(await market.findNumber('order 1')).toEqual('number' in bought && bought.number);
	expect(await carrier.client.incomingPhoneNumbers.list()).toMatchObject([
		{ smsUrl: 'https://app.example/inbound#rc=5&rp=all', statusCallback: 'https://app.example/status' }
	]);

	await carrier.json('POST', '/catalogue/sell', { number: second });
	const sold = { outcome: 'refused', slug: 'number_sold', code: '21422' };
	expect(await market.buyNumber(order(second, 'order 2'))).toMatchObject(sold);
	expect(await market.buyNumber(order(first, 'order 3'))).toMatchObject(sold);
	expect(await market.findNumber('order 2')).toBeNull();

	const { carrierNumberId } = (await market.findNumber('order 1'))!;
	expect(await market.releaseNumber(carrierNumberId)).toBe('released');
	expect(await market.releaseNumber(carrierNumberId)).toBe('gone');
	expect(await market.findNumber('order 1')).toBeNull();
});

test('R4.3 a purchase whose answer is lost was made once, and is found by its order’s name', async () => {
	await using carrier = await startCarrier();
	let calls = 0;
	const counted: typeof fetch = (...asked) => {
		calls += 1;
		return fetch(...asked);
	};
	const market = port(carrier.url, { fetch: counted, timeoutMilliseconds: 500 });
	const { numbers } = await market.searchNumbers(search, 3, null);
	const faults = [
		{ kind: 'cut_after' },
		{ kind: 'hang', ms: 2000 },
		{ kind: 'status', status: 500 },
		{ kind: 'status', status: 429, code: 20429 }
	];
	const outcomes: unknown[] = [];
	for (const [at, fault] of faults.entries()) {
		await carrier.json('POST', '/faults', { target: 'numbers.create', number: numbers[at % 3]!.number, ...fault });
		calls = 0;
		const { outcome } = await market.buyNumber(order(numbers[at % 3]!.number, `order ${at}`));
		expect(calls).toBe(1);
		outcomes.push([outcome, (await market.findNumber(`order ${at}`))?.number ?? null]);
		await carrier.json('DELETE', '/faults');
	}
	expect(outcomes).toEqual([
		['unknown', numbers[0]!.number],
		['unknown', numbers[1]!.number],
		['unknown', null],
		['not_taken', null]
	]);
	await carrier.json('POST', '/faults', { target: 'numbers.list', kind: 'status', status: 500 });
	await expect(market.findNumber('order 0')).rejects.toThrow('500');
});

test('documents are known before, and a purchase without them says so', async () => {
	await using carrier = await startCarrier();
	const market = port(carrier.url);
	const { numbers } = await market.searchNumbers({ ...search, country: 'DE', type: 'mobile' }, 1, null);
	const [{ number, addressRequirement }] = numbers as [(typeof numbers)[number]];
	expect(addressRequirement).toBe('local');
	expect(await market.numberDocuments('DE', 'mobile')).toEqual(['Proof of registration', 'Proof of address']);
	expect(await market.numberDocuments('US', 'local')).toEqual([]);
	const missing = { outcome: 'refused', slug: 'number_documents_missing' };
	const addressId = `AD${'1'.repeat(32)}`;
	expect(await market.buyNumber(order(number, 'order'))).toMatchObject({ ...missing, code: '21631' });
	expect(await market.buyNumber(order(number, 'order', { addressId }))).toMatchObject({ ...missing, code: '21649' });
	const bundleId = `BU${'1'.repeat(32)}`;
	expect(await market.buyNumber(order(number, 'order', { addressId, bundleId }))).toMatchObject({ outcome: 'bought' });
});

test('R4.1 prices come in micros, from the host that has them', async () => {
	await using carrier = await startCarrier();
	expect(await port(carrier.url).numberPrices('US')).toMatchObject({
		country: 'US',
		currency: 'USD',
		monthly: { local: 1_150_000, toll_free: 2_150_000 },
		inbound: { local: 8_300, toll_free: 8_300 }
	});
	const prices = await port(carrier.url).numberPrices('DE');
	expect(prices?.outbound).toContainEqual({
		network: 'telekom',
		mcc: '262',
		mnc: '01',
		type: 'mobile',
		micros: 94_200
	});
	expect(await port(carrier.url).numberPrices('ZZ')).toBeNull();

	const hosts: string[] = [];
	const answers: typeof fetch = (address) => {
		const { host, pathname } = new URL(String(address));
		hosts.push(host + pathname);
		const prices = { price_unit: 'usd', phone_number_prices: [{ number_type: 'local', current_price: 'free' }] };
		return Promise.resolve(Response.json({ ...prices, inbound_sms_prices: [], outbound_sms_prices: [] }));
	};
	const real = twilio({ ...account, baseUrl: undefined, fetch: answers });
	await expect(real.numberPrices('US')).rejects.toThrow('no price');
	expect(hosts).toEqual([
		'pricing.twilio.com/v1/PhoneNumbers/Countries/US',
		'pricing.twilio.com/v1/Messaging/Countries/US'
	]);
});

test('capabilities are read in small letters and in capitals', async () => {
	const number = {
		phone_number: '+14155574992',
		iso_country: 'US',
		locality: '',
		region: null,
		address_requirements: 'a new word',
		capabilities: { voice: false, SMS: true, MMS: true }
	};
	const answers: typeof fetch = () => Promise.resolve(Response.json({ available_phone_numbers: [number], uri: '/' }));
	const market = twilio({ ...account, baseUrl: undefined, fetch: answers });
	expect(await market.searchNumbers(search, 1, null)).toEqual({
		numbers: [
			{
				number: '+14155574992',
				country: 'US',
				type: 'local',
				locality: null,
				region: null,
				capabilities: ['sms', 'mms'],
				addressRequirement: 'local'
			}
		],
		next: null
	});
});
