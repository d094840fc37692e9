import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { createNumber, createOrganization, createPerson, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, receive } from './acting.ts';
import {
	allowanceOf,
	chargeOf,
	dispatched,
	failed,
	giveMoney,
	receipt,
	textFrom,
	walletOf,
	wrongInBooks,
	type Charge
} from './charging.ts';

const { sql, env } = stack;
const segment = 10_000;

let owner: Person;
beforeAll(async () => {
	owner = await createPerson(sql, env);
});

/** An organization whose plan still covers `left` segments, with so much money. */
async function scene(left: number, micros: number) {
	const { id } = await createOrganization(sql, { owner, plan: null });
	const number = await createNumber(sql, null, { organizationId: id });
	await sql`
		insert into public.segment_allowances (organization_id, month, used) values (${id}, private.month_of(${id}), ${100 - left})`;
	if (micros > 0) await giveMoney(id, micros);
	return { id, number };
}

/** What can happen to a text, each of it more than once and at any time. */
const happenings = {
	dispatched: (text: string, carrierSegments: number) =>
		dispatched(text, { segments: carrierSegments, status: 'sending' }),
	sent: (text: string) => receipt(text, 'sent'),
	delivered: (text: string) => receipt(text, 'delivered'),
	failed: (text: string) => receipt(text, 'failed'),
	refused: (text: string) => failed(text, '30008'),
	unsent: (text: string) =>
		as(owner, (tx) => tx`select api.unsend_message(${text})`).then(
			() => undefined,
			(error: { message: string }) => expect(error.message).toBe('already_sent')
		),
	expired: (text: string) =>
		sql`select private.release_hold(h.id, 'expired') from public.ledger_holds h where h.object_id = ${text}`,
	priced: (text: string, carrierSegments: number) =>
		sql`select private.record_text_cost(${text}, 8300, ${carrierSegments})`,
	// as everybody does who settles: holding the text
	settled: (text: string) =>
		sql.begin(async (tx) => {
			await tx`select from public.messages where id = ${text} for no key update`;
			await tx`select private.settle_text(${text})`;
		})
} satisfies Record<string, (text: string, carrierSegments: number) => PromiseLike<unknown>>;
type Happening = keyof typeof happenings;

const story = fc.record({
	left: fc.constantFrom(0, 1, 2, 100),
	micros: fc.constantFrom(0, 1, 2, 5, 50).map((segments) => segments * segment),
	texts: fc.array(
		fc.record({
			length: fc.constantFrom(5, 200, 400),
			carrierSegments: fc.integer({ min: 1, max: 4 }),
			toppedUp: fc.constantFrom(0, 0, 1, 3).map((segments) => segments * segment),
			happenings: fc.array(fc.constantFrom(...(Object.keys(happenings) as Happening[])), { maxLength: 7 })
		}),
		{ minLength: 1, maxLength: 3 }
	),
	received: fc.integer({ min: 0, max: 2 }),
	atOnce: fc.boolean()
});

/** Whatever became of it, a text is paid by what it is now. */
async function expectRight(id: string, charge: Charge): Promise<void> {
	const [row] = await sql<{ status: string }[]>`select status from public.messages where id = ${id}`;
	const billed = charge.included_segments * segment + charge.charged + charge.shortfall;
	switch (row!.status) {
		case 'queued':
		case 'sending':
			return expect(charge.status).toBe('held');
		case 'sent':
		case 'delivered':
			expect(charge.status).toBe('charged');
			return expect(billed).toBe((charge.carrier_segments ?? charge.segments) * segment);
		default:
			expect(charge).toMatchObject({ status: 'returned', charged: 0, shortfall: 0, included_segments: 0 });
	}
}

test('whatever is told of texts, how often and in what order: each is paid once for what it is, and the books are right', async () => {
	await fc.assert(
		fc.asyncProperty(story, async ({ left, micros, texts, received, atOnce }) => {
			const { id, number } = await scene(left, micros);
			const ids: string[] = [];
			let given = micros;
			for (const { length, toppedUp } of texts) {
				if (toppedUp > 0) await giveMoney(id, toppedUp);
				given += toppedUp;
				const written = await textFrom(owner, number.id, 'a'.repeat(length)).catch((error: { message: string }) => {
					expect(error.message).toBe('balance_too_low');
					return null;
				});
				if (written) ids.push(written.id);
			}
			const live = async (text: string, { carrierSegments, happenings: told }: (typeof texts)[number]) => {
				if (atOnce) return Promise.all(told.map((each) => happenings[each](text, carrierSegments)));
				for (const each of told) await happenings[each](text, carrierSegments);
			};
			await Promise.all(ids.map((text, place) => live(text, texts[place]!)));
			for (let i = 0; i < received; i += 1) await receive(number.e164, { from: '+14155550199' });
			await sql`select private.charge_received(${id}, 10)`;

			const charges = await Promise.all(ids.map(chargeOf));
			for (const [place, charge] of charges.entries()) await expectRight(ids[place]!, charge);
			// what is gone from the wallet is what was charged and what is set aside; what is gone from the plan is what it covers
			const [sums] = await sql`
				select coalesce(sum(c.charged_micros), 0)::float8 + coalesce(max(w.balance_micros), 0)::float8
					+ coalesce(max(w.held_micros), 0)::float8 as together, coalesce(max(w.balance_micros), 0)::float8 >= 0 as above_zero,
					coalesce(sum(c.included_segments), 0)::int as included, coalesce(max(w.held_micros), 0)::float8 as held,
					coalesce((select sum(h.amount_micros) from public.ledger_holds h
						where h.organization_id = ${id} and h.status = 'held'), 0)::float8 as holds
				from api.wallets w full join public.text_charges c on c.organization_id = w.organization_id
				where coalesce(w.organization_id, c.organization_id) = ${id}`;
			expect(sums).toMatchObject({ together: given, above_zero: true, held: sums!.holds });
			expect(await allowanceOf(id)).toBe(100 - left + Number(sums!.included));
			const { free, held } = await walletOf(id);
			const [told] = await as(owner, (tx) => tx`select (api.statement(${id}) ->> 'closing_micros')::int as closing`);
			expect(told).toEqual({ closing: free + held });
		}),
		{ numRuns: 12 }
	);
	expect(await wrongInBooks(owner)).toEqual([]);
});
