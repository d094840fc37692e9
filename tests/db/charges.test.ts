import { beforeAll, describe, expect, test } from 'vitest';
import { createNumber, createOrganization, createPerson, inventNumber, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { edge, receive } from './acting.ts';
import {
	allowanceOf,
	chargeOf,
	dispatched,
	failed,
	giveMoney,
	receipt,
	textFrom,
	useUpPlan,
	walletOf
} from './charging.ts';

const { sql, env } = stack;
/** Of a segment to the United States, in 10⁻⁶ USD, as the first price list has it. */
const segment = 10_000;

let owner: Person;
beforeAll(async () => {
	owner = await createPerson(sql, env);
});

/** An organization with a number, what everybody has, and so much money. */
async function scene({ micros = 0, usedUp = true }: { micros?: number; usedUp?: boolean } = {}) {
	const { id } = await createOrganization(sql, { owner, plan: null });
	const number = await createNumber(sql, null, { organizationId: id });
	if (usedUp) await useUpPlan(id);
	if (micros > 0) await giveMoney(id, micros);
	return { id, number, text: (body = 'Hello', to = inventNumber()) => textFrom(owner, number.id, body, to) };
}

describe('a text that is sent', () => {
	test('is covered by the plan, as far as it goes', async () => {
		const { id, text } = await scene({ micros: 3 * segment });
		await sql`update public.segment_allowances set used = 98 where organization_id = ${id}`;
		const { id: message } = await text('a'.repeat(400));
		expect(await chargeOf(message)).toMatchObject({ status: 'held', segments: 3, included_segments: 2, hold: segment });
		expect(await walletOf(id)).toEqual({ free: 2 * segment, held: segment });
		await dispatched(message, { segments: 3, status: 'sent' });
		expect(await chargeOf(message)).toMatchObject({ status: 'charged', included_segments: 2, charged: segment });
		expect(await walletOf(id)).toEqual({ free: 2 * segment, held: 0 });
		expect(await allowanceOf(id)).toBe(100);
	});

	test('is refused where the money is not there, and nothing is kept of it', async () => {
		const { id, text } = await scene({ micros: segment });
		await expect(text('a'.repeat(200))).rejects.toThrow('balance_too_low');
		await text();
		await expect(text()).rejects.toThrow('balance_too_low');
		expect(await walletOf(id)).toEqual({ free: 0, held: segment });
		const [rows] = await sql`select count(*)::int as n from public.messages where organization_id = ${id}`;
		expect(rows).toEqual({ n: 1 });
	});

	test('costs what the carrier counted: more of it, or less', async () => {
		const { id, text } = await scene({ micros: 10 * segment });
		const { id: less } = await text('a'.repeat(400));
		await dispatched(less, { segments: 2, status: 'sending' });
		expect(await walletOf(id)).toEqual({ free: 7 * segment, held: 3 * segment });
		await receipt(less, 'delivered');
		expect(await chargeOf(less)).toMatchObject({ segments: 3, carrier_segments: 2, charged: 2 * segment });
		const { id: more } = await text();
		await dispatched(more, { segments: 4, status: 'sent' });
		expect(await chargeOf(more)).toMatchObject({ charged: 4 * segment, shortfall: 0 });
		expect(await walletOf(id)).toEqual({ free: 4 * segment, held: 0 });
	});

	test('costs nothing where it failed, whenever that is told', async () => {
		const { id, text } = await scene({ micros: 3 * segment });
		const [refused, lost] = [await text(), await text()];
		await failed(refused.id, '30003');
		await dispatched(lost.id, { segments: 1, status: 'sent' });
		expect(await walletOf(id)).toEqual({ free: 2 * segment, held: 0 });
		await receipt(lost.id, 'failed');
		expect(await chargeOf(lost.id)).toMatchObject({ status: 'returned', charged: 0 });
		expect(await walletOf(id)).toEqual({ free: 3 * segment, held: 0 });
	});

	test('gives back to the plan what it took from it', async () => {
		const { id, text } = await scene({ usedUp: false });
		const { id: message } = await text('a'.repeat(400));
		expect(await allowanceOf(id)).toBe(3);
		await failed(message, '30003');
		expect(await allowanceOf(id)).toBe(0);
	});
});

describe('what a text to a country costs', () => {
	test('is that of its own, also where it shares +1 with others', async () => {
		const rows = await sql`
			select n.number, p.country_code, p.direction, p.micros::int
			from unnest(array['+14155550142', '+18005550142', '+14165550142', '+18765550142', '+447400900461']) with ordinality n (number, place)
			cross join unnest(array['outbound', 'inbound']::public.message_direction[]) d
			cross join lateral private.price_for(n.number, d, 'sms', '2026-11-02') p
			order by n.place, d desc`;
		expect(rows.map((row) => [row.number, row.country_code, row.micros])).toEqual([
			['+14155550142', 'US', 10_000],
			['+14155550142', 'US', 10_000],
			['+18005550142', 'US', 10_000],
			['+18005550142', 'US', 10_000],
			['+14165550142', 'CA', 10_000],
			['+14165550142', 'CA', 10_000],
			['+18765550142', 'JM', 180_000],
			['+18765550142', 'JM', 10_000],
			['+447400900461', 'GB', 62_900],
			['+447400900461', 'GB', 10_000]
		]);
	});

	test('follows the carrier for Canada alone, and leaves the United States as they are', async () => {
		await sql
			.begin(async (tx) => {
				await tx`select private.record_rates('CA', 9000, 7000, now() + interval '1 hour')`;
				const rows = await tx<{ micros: number }[]>`
					select (private.price_for(n, d, 'sms', now() + interval '2 hours')).micros::int as micros
					from unnest(array['+16045550142', '+19025550142', '+14155550142']) n
					cross join unnest(array['outbound', 'inbound']::public.message_direction[]) d`;
				expect(rows.map(({ micros }) => micros).sort()).toEqual([10_000, 10_000, 10_800, 10_800, 8_400, 8_400]);
				throw new Error('nothing of this is kept');
			})
			.catch((error: Error) => expect(error.message).toBe('nothing of this is kept'));
	});

	test('is paid from the wallet where a segment costs more than those that the plan covers', async () => {
		const { id, text } = await scene({ micros: 100_000, usedUp: false });
		const quote = async (to: string) => {
			const [row] = await sql<{ included_left: number; included: number; micros: number }[]>`
				select q.included_left, q.included, q.micros::int from private.quote_text(${id}, ${to}, 'Hello', 0) q`;
			return row;
		};
		expect(await quote('+447400900461')).toEqual({ included_left: 0, included: 0, micros: 62_900 });
		expect(await quote('+14165550142')).toEqual({ included_left: 100, included: 1, micros: 0 });
		const { id: message } = await text('Hello', '+447400900461');
		expect(await chargeOf(message)).toMatchObject({ included_segments: 0, hold: 62_900 });
		await dispatched(message, { segments: 1, status: 'sent' });
		expect(await chargeOf(message)).toMatchObject({ status: 'charged', included_segments: 0, charged: 62_900 });
		expect(await allowanceOf(id)).toBe(0);
		await text('Hello', '+14165550142');
		expect(await allowanceOf(id)).toBe(1);
	});
});

test('a text that came in is charged within a minute, the oldest first; what is not there is written down', async () => {
	const { id, number } = await scene({ micros: 15_000 });
	const from = inventNumber();
	const ids = [];
	for (let i = 0; i < 3; i += 1) ids.push((await receive(number.e164, { from })).message_id!);
	await sql`select private.charge_received(${id}, 100)`;
	await sql`select private.charge_received(${id}, 100)`;
	const charges = await Promise.all(ids.map(chargeOf));
	expect(charges.map(({ charged, shortfall }) => [charged, shortfall])).toEqual([
		[10_000, 0],
		[5_000, 5_000],
		[0, 10_000]
	]);
	expect(await walletOf(id)).toEqual({ free: 0, held: 0 });

	// what is owed is taken as soon as there is something, the oldest first
	await giveMoney(id, 12_000);
	await sql`select private.collect_debts(${id})`;
	expect((await Promise.all(ids.map(chargeOf))).map(({ shortfall }) => shortfall)).toEqual([0, 0, 3_000]);
	expect(await sql`select owed_micros::int, texts::int from api.debts where organization_id = ${id}`).toMatchObject([
		{ owed_micros: 3_000, texts: 1 }
	]);
	await giveMoney(id, 12_000);
	await sql`select private.collect_debts(${id})`;
	expect(await walletOf(id)).toEqual({ free: 9_000, held: 0 });
});

describe('what the carrier takes', () => {
	test('is booked once, when it says so, and what it counted counts', async () => {
		const { id, text } = await scene({ micros: 5 * segment });
		const { id: message } = await text();
		await dispatched(message, { segments: null, status: 'sent' });
		const book = (micros: number) =>
			edge<{ answer: { outcome: string } }[]>`select service.record_text_cost(${message}, ${micros}, 2) as answer`;
		expect([await book(16_600), await book(9_999)].map(([row]) => row!.answer.outcome)).toEqual([
			'booked',
			'unchanged'
		]);
		expect(await chargeOf(message)).toMatchObject({ segments: 1, carrier_segments: 2, charged: 2 * segment });
		const legs = await sql`
			select a.kind, e.amount_micros::int as micros from public.ledger_transfers t
			join public.ledger_entries e on e.transfer_id = t.id join public.ledger_accounts a on a.id = e.account_id
			where t.object_id = ${message} and t.reason = 'carrier_cost' order by a.kind`;
		expect(legs).toMatchObject([
			{ kind: 'revenue', micros: -16_600 },
			{ kind: 'carrier_cost', micros: 16_600 }
		]);
		const margins = await sql`
			select texts::int, charged_micros::int, cost_micros::int, drifted::int, drift::int
			from private.text_margins(now() - interval '1 hour', now() + interval '1 hour') where organization_id = ${id}`;
		expect(margins).toMatchObject([{ texts: 1, charged_micros: 20_000, cost_micros: 16_600, drifted: 1, drift: 1 }]);
	});

	test('is asked for again later, less and less often', async () => {
		const { text } = await scene({ micros: segment });
		const { id: message } = await text();
		await dispatched(message, { segments: 1, status: 'sent' });
		const waits: number[] = [];
		await sql
			.begin(async (tx) => {
				// (the others have been asked)
				await tx`update private.text_costs set ask_at = null where message_id <> ${message}`;
				for (let asked = 0; asked < 16; asked += 1) {
					const [row] = await tx<{ minutes: number | null }[]>`
						with due as (select ask_at from private.text_costs where message_id = ${message}),
							told as (select count(c.message_id) from due, private.costs_to_ask('twilio', 10, due.ask_at) c)
						select 0 as minutes from told`;
					if (!row) break;
					const [next] = await tx<{ minutes: number }[]>`
						select round(extract(epoch from ask_at - now()) / 60)::int as minutes from private.text_costs
						where message_id = ${message} and ask_at is not null`;
					if (!next) break;
					waits.push(next.minutes);
				}
				throw new Error('nothing of this is kept');
			})
			.catch((error: Error) => expect(error.message).toBe('nothing of this is kept'));
		// each time twice as long after the last: 1 and 1, 2, 4, 8 minutes, a day and a half at most
		expect(waits.slice(0, 4)).toEqual([2, 4, 8, 16]);
		expect(waits).toHaveLength(14);
	});
});

test('a price of the carrier that changed is ours from then on, with the markup; what was written before stays', async () => {
	const { id: organization, text } = await scene({ micros: 100_000 });
	const { id: message } = await text();
	await sql
		.begin(async (tx) => {
			const told = async (micros: number, hours: number) => {
				const [row] = await tx<{ changed: number }[]>`
					select private.record_rates('US', ${micros}, 8300, now() + make_interval(hours => ${hours}))::int as changed`;
				return row!.changed;
			};
			const priceIn = async (hours: number) => {
				const [row] = await tx<{ micros: number }[]>`
					select micros::int from private.price_for('+14155550142', 'outbound', 'sms', now() + make_interval(hours => ${hours}))`;
				return row!.micros;
			};
			expect([await told(8_300, 1), await told(9_000, 2), await told(9_000, 3), await told(8_312, 4)]).toEqual([
				0, 1, 0, 1
			]);
			expect([await priceIn(0), await priceIn(2), await priceIn(5)]).toEqual([10_000, 10_800, 10_000]);
			throw new Error('nothing of this is kept');
		})
		.catch((error: Error) => expect(error.message).toBe('nothing of this is kept'));
	await dispatched(message, { segments: 1, status: 'sent' });
	expect(await walletOf(organization)).toEqual({ free: 90_000, held: 0 });
});
