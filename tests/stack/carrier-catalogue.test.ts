import { expect, test } from 'vitest';
import { parsePhone } from '#core/phone.ts';
import { countries } from '../../stack/carrier/catalogue/countries.ts';
import { digitsAt, findOffered, offeredAt, sizeOf } from '../../stack/carrier/catalogue/stock.ts';
import type { NumberType } from '#core/number-catalogue.ts';
import { sdk, startCarrier } from '../support/carrier.ts';

const address = `AD${'0'.repeat(32)}`;
const bundle = `BU${'0'.repeat(32)}`;

/** Status and code of what the SDK raised. */
async function refusal(call: Promise<unknown>) {
	const error = await call.then(
		() => {
			throw new Error('not refused');
		},
		(reason: unknown) => reason as { status: number; code: number }
	);
	return { status: error.status, code: error.code };
}

const digits = (numbers: readonly { phoneNumber: string }[]) => numbers.map(({ phoneNumber }) => phoneNumber);

test('every number of the catalogue is one of its country, once, and known without a list', () => {
	const seen = new Set<string>();
	let looked = 0;
	expect(countries.length).toBeGreaterThanOrEqual(12);
	for (const country of countries) {
		for (const [type, kind] of Object.entries(country.kinds) as [NumberType, (typeof country.kinds)['local'] & {}][]) {
			expect(sizeOf(kind)).toBeGreaterThanOrEqual(2000);
			looked += Math.min(sizeOf(kind), 8000);
			for (let index = 0; index < Math.min(sizeOf(kind), 8000); index += 1) seen.add(digitsAt(country, kind, index));
			for (const index of [0, 1, 1234, sizeOf(kind) - 1]) {
				const offered = offeredAt(country, type, kind, index);
				expect(findOffered(offered.number)).toEqual(offered);
				expect(parsePhone(offered.number)).toMatchObject({ phone: offered.number });
				if (country.code !== '1') expect(parsePhone(offered.number)).toMatchObject({ country: country.iso });
			}
		}
	}
	expect(seen.size).toBe(looked);
	// what tests and handsets have is none of it
	expect(findOffered('+14155550142')).toBeUndefined();
	expect(findOffered('+447700900461')).toBeUndefined();
	const inStock = Array.from({ length: 1000 }, (_, at) => findOffered(`+1415550${String(at).padStart(4, '0')}`));
	expect(inStock).toContain(null);
	expect(inStock.some((offered) => offered)).toBe(true);
});

test('R4.1 countries are listed with what they have, and numbers found by every filter', async () => {
	await using carrier = await startCarrier();
	const { client } = carrier;
	const listed = await client.availablePhoneNumbers.list({ pageSize: 5 });
	expect(listed.map(({ countryCode }) => countryCode)).toEqual(countries.map(({ iso }) => iso));
	expect(Object.keys(listed[0]!.subresourceUris)).toEqual(['local', 'toll_free']);
	expect(await client.availablePhoneNumbers('GB').fetch()).toMatchObject({ country: 'United Kingdom', beta: false });

	const us = client.availablePhoneNumbers('US');
	const [one] = await us.local.list({ areaCode: 415, limit: 1 });
	expect(one).toMatchObject({
		phoneNumber: expect.stringMatching(/^\+1415(55\d|565)\d{4}$/) as string,
		friendlyName: expect.stringMatching(/^\(415\) /) as string,
		locality: 'San Francisco',
		region: 'CA',
		isoCountry: 'US',
		addressRequirements: 'none',
		capabilities: { voice: true, sms: true, mms: true, fax: false }
	});
	const pizzas = digits(await us.local.list({ contains: '*PIZZA', limit: 20 }));
	expect(pizzas.length).toBeGreaterThan(0);
	for (const number of pizzas) expect(number).toMatch(/74992/);
	for (const number of digits(await us.local.list({ contains: '+1212%', limit: 5 }))) expect(number).toMatch(/^\+1212/);
	for (const { locality } of await us.local.list({ inLocality: 'seattle', limit: 5 })) expect(locality).toBe('Seattle');
	const inNewYork = await us.local.list({ inRegion: 'NY', limit: 60 });
	expect(new Set(inNewYork.map(({ locality }) => locality))).toEqual(new Set(['New York', 'Brooklyn']));
	const without = await us.local.list({ mmsEnabled: false, limit: 5 });
	expect(without.map(({ capabilities }) => capabilities.mms)).toEqual(Array(5).fill(false));
	expect((await us.tollFree.list({ smsEnabled: true, limit: 1 }))[0]!.phoneNumber).toMatch(/^\+18/);
	const [german] = await client.availablePhoneNumbers('DE').mobile.list({ limit: 1 });
	expect(german).toMatchObject({ addressRequirements: 'local', locality: null });
	expect(await client.availablePhoneNumbers('DE').mobile.list({ excludeAllAddressRequired: true })).toEqual([]);
	expect(await client.availablePhoneNumbers('GB').local.list({ smsEnabled: true })).toEqual([]);

	expect(await refusal(us.mobile.list({ limit: 1 }))).toEqual({ status: 404, code: 20404 });
	expect(await refusal(client.availablePhoneNumbers('ZZ').local.list({ limit: 1 }))).toMatchObject({ code: 20404 });
	expect(await refusal(us.local.list({ contains: '4*5' }))).toEqual({ status: 400, code: 20001 });
	expect(await refusal(us.local.list({ nearNumber: '+14155550142' }))).toMatchObject({ code: 20001 });
	const stranger = sdk(carrier.url, 'another token');
	expect(await refusal(stranger.availablePhoneNumbers('US').local.list())).toMatchObject({ status: 401 });
	expect(await refusal(stranger.pricing.v1.phoneNumbers.countries('US').fetch())).toMatchObject({ status: 401 });
});

test('pages go on without a gap or a double, both ways, whatever is sold in between', async () => {
	await using carrier = await startCarrier();
	const { local } = carrier.client.availablePhoneNumbers('US');
	const twelve = digits(await local.list({ contains: '42$', limit: 12 }));
	const first = await local.page({ contains: '42$', pageSize: 4 });
	expect(digits(first.instances)).toEqual(twelve.slice(0, 4));
	await carrier.json('POST', '/catalogue/sell', { number: twelve[1] });
	await carrier.json('POST', '/catalogue/sell', { number: twelve[3] });
	const second = (await first.nextPage())!;
	expect(digits(second.instances)).toEqual(twelve.slice(4, 8));
	const third = (await second.nextPage())!;
	expect(digits(third.instances)).toEqual(twelve.slice(8, 12));
	expect(digits((await third.previousPage())!.instances)).toEqual(twelve.slice(4, 8));
	expect(digits(await local.list({ contains: '42$', limit: 2 }))).toEqual([twelve[0], twelve[2]]);
	// the last page is the last
	const all = await local.list({ areaCode: 415, contains: '742$', pageSize: 3 });
	expect(new Set(digits(all)).size).toBe(all.length);
	expect(all.length).toBeGreaterThan(3);
});

test('R4.3 exactly one buyer gets a number; what is sold or owned is not offered', async () => {
	await using carrier = await startCarrier();
	const { client } = carrier;
	const { local } = client.availablePhoneNumbers('US');
	const offered = digits(await local.list({ areaCode: 415, mmsEnabled: true, limit: 3 }));
	const [ours, theirs, third] = offered as [string, string, string];

	const tries = await Promise.allSettled(
		['order 1', 'order 2'].map((friendlyName) =>
			client.incomingPhoneNumbers.create({ phoneNumber: ours, friendlyName })
		)
	);
	expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
	const [bought] = await client.incomingPhoneNumbers.list({ phoneNumber: ours });
	expect(bought).toMatchObject({ capabilities: { sms: true, mms: true }, type: 'local', addressRequirements: 'none' });
	expect(await client.incomingPhoneNumbers.list({ friendlyName: bought!.friendlyName })).toHaveLength(1);
	expect(await client.incomingPhoneNumbers.list({ friendlyName: 'order 3' })).toEqual([]);

	expect(await carrier.json('POST', '/catalogue/sell', { number: theirs })).toMatchObject({ status: 200 });
	expect(await carrier.json('POST', '/catalogue/sell', { number: ours })).toMatchObject({ status: 422 });
	expect(await carrier.json('POST', '/catalogue/sell', { number: '+14155550142' })).toMatchObject({ status: 422 });
	const elsewhere = { origin: 'https://elsewhere.example' };
	expect(await carrier.json('POST', '/catalogue/sell', { number: third }, elsewhere)).toMatchObject({ status: 403 });
	expect(await refusal(client.incomingPhoneNumbers.create({ phoneNumber: theirs }))).toEqual({
		status: 400,
		code: 21422
	});
	expect(digits(await local.list({ areaCode: 415, mmsEnabled: true, limit: 1 }))).toEqual([third]);

	await client.incomingPhoneNumbers(bought!.sid).remove();
	expect(digits(await local.list({ areaCode: 415, mmsEnabled: true, limit: 1 }))).toEqual([ours]);
	// nobody has it, but the carrier does not sell it
	const absent = Array.from({ length: 100 }, (_, at) => `+141555000${String(at).padStart(2, '0')}`).find(
		(number) => findOffered(number) === null
	)!;
	expect(await refusal(client.incomingPhoneNumbers.create({ phoneNumber: absent }))).toMatchObject({ code: 21422 });
});

test('a number that needs an address or a bundle is not sold without, and one for calls sends no texts', async () => {
	await using carrier = await startCarrier();
	const { client } = carrier;
	const [calls] = digits(await client.availablePhoneNumbers('DE').local.list({ limit: 1 }));
	await client.incomingPhoneNumbers.create({ phoneNumber: calls!, addressSid: address, bundleSid: bundle });
	const text = client.messages.create({ from: calls!, to: '+491701234567', body: 'Hi' });
	expect(await refusal(text)).toEqual({ status: 400, code: 21606 });
	const [mobile] = digits(await client.availablePhoneNumbers('DE').mobile.list({ limit: 1 }));
	const buy = (more: object) => client.incomingPhoneNumbers.create({ phoneNumber: mobile!, ...more });
	expect(await refusal(buy({}))).toEqual({ status: 400, code: 21631 });
	expect(await refusal(buy({ addressSid: address }))).toEqual({ status: 400, code: 21649 });
	expect(await buy({ addressSid: address, bundleSid: bundle })).toMatchObject({ type: 'mobile', bundleSid: bundle });

	const { regulations } = client.numbers.v2.regulatoryCompliance;
	const found = await regulations.list({ isoCountry: 'DE', numberType: 'mobile' });
	expect(found.map(({ endUserType }) => endUserType)).toEqual(['individual', 'business']);
	expect(JSON.stringify(found[1]!.requirements)).toContain('Proof of registration');
	expect(await regulations.list({ isoCountry: 'US' })).toEqual([]);
	expect((await regulations.list({ pageSize: 3 })).length).toBeGreaterThan(6);
});

test('prices of numbers and texts are told by the pricing API', async () => {
	await using carrier = await startCarrier();
	const { phoneNumbers, messaging } = carrier.client.pricing.v1;
	expect(await phoneNumbers.countries('us').fetch()).toMatchObject({
		country: 'United States',
		isoCountry: 'US',
		priceUnit: 'USD',
		phoneNumberPrices: [
			{ basePrice: '1.15', currentPrice: '1.15', numberType: 'local' },
			{ basePrice: '2.15', currentPrice: '2.15', numberType: 'toll free' }
		]
	});
	const texts = await messaging.countries('GB').fetch();
	expect(texts.inboundSmsPrices).toMatchObject([{ basePrice: '0.0075', currentPrice: '0.0075', numberType: 'mobile' }]);
	expect(texts.outboundSmsPrices[0]).toMatchObject({ carrier: 'o2', mcc: '234', mnc: '10' });
	expect((await messaging.countries.list({ pageSize: 7 })).map(({ isoCountry }) => isoCountry)).toEqual(
		countries.map(({ iso }) => iso)
	);
	expect(await refusal(phoneNumbers.countries('ZZ').fetch())).toEqual({ status: 404, code: 20404 });
});

test('what is for sale and what was sold is the same after a restart', async () => {
	await using first = await startCarrier();
	const { folder } = first;
	const before = digits(await first.client.availablePhoneNumbers('SE').mobile.list({ limit: 5 }));
	await first.json('POST', '/catalogue/sell', { number: before[0] });
	await first.stop();
	await using second = await startCarrier({ folder });
	const after = digits(await second.client.availablePhoneNumbers('SE').mobile.list({ limit: 4 }));
	expect(after).toEqual(before.slice(1));
});
