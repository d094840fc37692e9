import { expect, test } from 'vitest';
import type { Carrier } from '../../supabase/functions/_shared/carriers/port.ts';
import { dearest } from '#core/rates.ts';
import type { Database, Job } from '../../supabase/functions/_shared/database.ts';
import { collectCosts } from '../../supabase/functions/worker/collect-costs.ts';
import { refreshPrices } from '../../supabase/functions/worker/refresh-prices.ts';

const job: Job = { id: 'job', kind: 'any', payload: {}, attempts: 1, lease: 'lease', request_id: null };

/** A database that answers what it is told to and keeps what it is given. */
function database(answers: Partial<Record<keyof Database, unknown>>) {
	const calls: unknown[][] = [];
	const answer = new Proxy({} as Database, {
		get:
			(_, verb: keyof Database) =>
			(...args: unknown[]) => {
				calls.push([verb, ...args]);
				return Promise.resolve(answers[verb] ?? { outcome: 'booked' });
			}
	});
	return { database: answer, calls };
}

test('what the carrier says is booked; what it cannot say yet is left for later, and the job ends', async () => {
	const { database: books, calls } = database({
		costsToAsk: ['known', 'unknown', 'lost'].map((id) => ({ message_id: id, carrier_message_id: `SM ${id}` }))
	});
	const carrier = {
		name: 'twilio',
		fetch: (sid: string) =>
			sid === 'SM lost'
				? Promise.reject(new Error('no answer'))
				: Promise.resolve({ segments: 2, priceMicros: sid === 'SM known' ? 16_600 : null })
	} as unknown as Carrier;
	expect(await collectCosts(job, { database: books, carrier, log: () => {} })).toEqual({ outcome: 'collected' });
	expect(calls).toEqual([
		['costsToAsk', 'twilio', 10],
		['recordTextCost', 'known', 16_600, 2],
		['completeJob', job]
	]);
});

test('while the carrier is away the job comes again in a minute', async () => {
	const { database: books, calls } = database({ costsToAsk: [{ message_id: 'one', carrier_message_id: 'SM' }] });
	const carrier = { name: 'twilio', fetch: () => Promise.reject(new Error('no answer')) } as unknown as Carrier;
	expect(await collectCosts(job, { database: books, carrier, log: () => {} })).toMatchObject({ outcome: 'retry' });
	expect(calls.at(-1)).toEqual(['failJob', job, expect.any(String), 60]);
});

test('a country whose prices cannot be told keeps nobody else from theirs', async () => {
	const { database: books, calls } = database({ countriesToPrice: ['DE', 'GB', 'ZZ'], recordRates: 1 });
	const carrier = {
		numberPrices: (country: string) => {
			if (country === 'GB') return Promise.reject(new Error('no answer'));
			if (country === 'ZZ') return Promise.resolve(null);
			const network = (micros: number) => ({ network: 'any', mcc: '262', mnc: '01', type: 'mobile', micros });
			return Promise.resolve({
				country,
				currency: 'USD',
				monthly: {},
				inbound: { mobile: 7_500 },
				outbound: [network(94_200), network(104_400)]
			});
		}
	} as unknown as Carrier;
	expect(await refreshPrices(job, { database: books, carrier, log: () => {} })).toEqual({ outcome: 'refreshed' });
	const told = calls.filter(([verb]) => verb === 'recordRates').sort();
	expect(told).toEqual([
		['recordRates', 'DE', 104_400, 7_500],
		['recordRates', 'ZZ', null, null]
	]);
});

test('while there may be more countries or texts, the job goes on', async () => {
	const texts = Array.from({ length: 10 }, (_, n) => ({ message_id: String(n), carrier_message_id: `SM ${n}` }));
	const { database: books, calls } = database({ countriesToPrice: ['AT', 'CH', 'DE', 'FR', 'GB'], costsToAsk: texts });
	const carrier = {
		name: 'twilio',
		numberPrices: () => Promise.resolve(null),
		fetch: () => Promise.resolve(null)
	} as unknown as Carrier;
	const parts = { database: books, carrier, log: () => {} };
	expect(await refreshPrices(job, parts)).toEqual({ outcome: 'more' });
	expect(await collectCosts(job, parts)).toEqual({ outcome: 'more' });
	expect(calls.filter(([verb]) => verb === 'continueJob' || verb === 'failJob')).toEqual([
		['continueJob', job],
		['continueJob', job]
	]);
});

test('prices in another currency than ours are no prices', () => {
	const prices = { country: 'DE', currency: 'EUR', monthly: {}, inbound: { mobile: 1 }, outbound: [] };
	expect([dearest(prices), dearest(null), dearest({ ...prices, currency: 'USD' })]).toEqual([
		{ outbound: null, inbound: null },
		{ outbound: null, inbound: null },
		{ outbound: null, inbound: 1 }
	]);
});
