import { expect, test } from 'vitest';
import { endingOf, stepsOf } from '../../web/src/lib/numbers/order-steps.ts';
import { addressOf, wishIn } from '../../web/src/lib/numbers/search-address.ts';
import { piecesOf, placeOf } from '../../web/src/lib/numbers/words.ts';
import type { NumberOrder } from '#core/number-orders.ts';

const wish = (query: string) => wishIn(new URLSearchParams(query));

test('R4.1 a search stands in the address, and what is read of it is written as it was', () => {
	const query = '?country=US&type=local&contains=*PIZZA&near=415&can=sms&can=mms';
	expect(wish(query)).toEqual({
		...{ country: 'US', type: 'local', contains: '*PIZZA', near: '415', cursor: null },
		can: ['sms', 'mms']
	});
	expect(addressOf(wish(query))).toBe('?country=US&type=local&contains=*PIZZA&near=415&can=sms&can=mms');
	// a change begins at the first page
	expect(addressOf(wish(`${query}&cursor=abc`), { near: '' })).not.toContain('cursor');
	expect(addressOf(wish(query), { cursor: 'abc' })).toContain('cursor=abc');
});

test('R4.1 texts are what numbers are for, until somebody says that they need not be', () => {
	expect(wish('').can).toEqual(['sms']);
	expect(wish('country=SE').can).toEqual(['sms']);
	// every box was emptied
	expect(wish('country=SE&asked=').can).toEqual([]);
	expect(wish(addressOf(wish('country=SE&asked='))).can).toEqual([]);
	expect(wish('country=Sweden&type=satellite')).toMatchObject({ country: '', type: null });
});

test('R4.1 what was looked for is marked in the number, also across its groups', () => {
	const marked = (e164: string, contains: string) =>
		piecesOf(e164, contains)
			.pieces.map(({ text, found }) => (found ? `[${text}]` : text))
			.join('');
	expect(marked('+13035574992', '*PIZZA')).toBe('303 55[7 4992]');
	expect(marked('+14155650173', '017')).toBe('415 565 [017]3');
	expect(marked('+14155650173', '415')).toBe('[415] 565 0173');
	expect(marked('+14155650173', '')).toBe('415 565 0173');
	expect(marked('+14155650173', '9')).toBe('415 565 0173');
	expect(placeOf({ locality: null, region: null, country: 'SE', type: 'mobile' })).toEqual({
		...{ place: 'Mobile', within: 'Sweden' }
	});
});

test('R4.3 an order says where it stands and how it ended, and never that something is paid which is not', () => {
	const order: NumberOrder = {
		...{
			id: '01900000-0000-7000-8000-0000abcdef12',
			e164: '+14155650173',
			label: 'Desk',
			country_code: 'US',
			kind: 'local'
		},
		...{ capabilities: ['sms'], locality: null, region: null, monthly_micros: 1_150_000, setup_micros: 0 },
		...{ total_micros: 1_150_000, status: 'held', ordered_by: null, ordered_by_username: null, ordered_by_name: null },
		...{ doubted_at: null, provisioning_at: null, ended_at: null, phone_number_id: null, reason: null, revision: 1 },
		created_at: '2026-11-23T10:44:01Z'
	};
	const states = (change: Partial<NumberOrder>) => stepsOf({ ...order, ...change }).map(({ state }) => state);
	const asked = { status: 'provisioning', provisioning_at: '2026-11-23T10:44:02Z' } as const;
	expect(states({})).toEqual(['done', 'now', 'open']);
	expect(states(asked)).toEqual(['done', 'now', 'open']);
	expect(states({ ...asked, doubted_at: '2026-11-23T10:44:10Z' })).toEqual(['done', 'done', 'now', 'open']);
	const ended = { ...asked, ended_at: '2026-11-23T10:44:03Z' };
	expect(states({ ...ended, status: 'active' })).toEqual(['done', 'done', 'done']);
	const lost = { ...order, ...ended, status: 'released', reason: 'number_sold' } as const;
	expect(stepsOf(lost).at(-1)).toMatchObject({ state: 'failed', says: 'The $1.15 is back in your wallet.' });
	expect(endingOf(lost)).toContain('You paid nothing');
	expect(endingOf({ reason: 'something new' })).toContain('You paid nothing');
});
