import { expect, test } from 'vitest';
import { createNumber, createOrganization, createPerson } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { operator, refusal, server, hash } from './operating.ts';
import { textAt } from './usage-history.ts';

const { env, sql } = stack;

type Told = {
	numbers: {
		id: string;
		e164: string;
		status: string;
		paid_micros: number;
		cost_micros: number | null;
		margin_micros: number | null;
		texts: number;
	}[];
	countries: {
		country_code: string;
		numbers: number;
		active: number;
		paid_micros: number;
		cost_micros: number;
		margin_micros: number;
	}[];
};

test('R6.7 all numbers of an organization with their states, what each costs and brings, page by page, and totals that are their sum', async () => {
	const owner = await createPerson(sql, env);
	const { id } = await createOrganization(sql, { owner });
	// in a country where no other test looks
	await sql`
		insert into public.number_prices (country_code, kind, cost_micros, monthly_micros, valid_from) values
			('GL', 'local', 900000, 900000, now() - interval '2 days'), ('GL', 'local', 1000000, 1000000, now() - interval '1 day')`;
	const states = ['active', 'grace', 'quarantined', 'released'] as const;
	for (let at = 0; at < 60; at++) {
		const { id: number } = await createNumber(sql, null, { organizationId: id });
		const status = states[at % 4]!;
		await sql`
			update public.phone_numbers
			set country_code = 'GL', monthly_micros = ${at < 30 ? 1_500_000 : 1_000_000}, status = ${status},
				grace_until = ${status === 'grace' ? new Date(Date.now() + 864e5) : null},
				quarantined_until = ${status === 'quarantined' ? new Date(Date.now() + 864e5) : null},
				released_at = ${status === 'released' ? new Date() : null},
				carrier_released_at = ${status === 'released' && at < 30 ? new Date() : null}
			where id = ${number}`;
	}
	const { session } = await operator('support');
	const read = async (filters: { status?: string; losing?: boolean } = {}) => {
		const numbers: Told['numbers'] = [];
		for (;;) {
			const after = numbers.at(-1);
			const answer: { told: Told }[] = await server`
				select service.operator_inventory(${session}, 'GL', null, ${filters.status ?? null}, ${id}, ${filters.losing ?? false},
					${after?.e164 ?? null}, ${after?.id ?? null}) as told`;
			const { numbers: page, countries } = answer[0]!.told;
			numbers.push(...page);
			if (page.length < 50) return { numbers, countries };
		}
	};
	const held = await read();
	expect(held.numbers.length).toBe(45);
	expect(new Set(held.numbers.map((one) => one.id)).size).toBe(45);
	expect(held.numbers.map((one) => one.e164)).toEqual(held.numbers.map((one) => one.e164).sort());
	for (const one of held.numbers) {
		expect(one.cost_micros).toBe(1_000_000);
		expect(one.margin_micros).toBe(one.paid_micros - 1_000_000);
		expect(one.paid_micros > 0).toBe(one.status === 'active');
	}
	const sum = (of: Told['numbers'], name: 'paid_micros' | 'cost_micros' | 'margin_micros') =>
		of.reduce((all, one) => all + (one[name] ?? 0), 0);
	expect(held.countries).toEqual([
		{
			...{ country_code: 'GL', numbers: 45, active: 15, unknown: 0 },
			paid_micros: sum(held.numbers, 'paid_micros'),
			cost_micros: sum(held.numbers, 'cost_micros'),
			margin_micros: sum(held.numbers, 'margin_micros')
		}
	]);
	const released = await read({ status: 'released' });
	expect(released.numbers.map((one) => one.cost_micros).sort()).toEqual([
		...Array.from({ length: 7 }, () => 0),
		...Array.from({ length: 8 }, () => 1_000_000)
	]);
	expect((await read({ losing: true })).numbers.every((one) => one.status !== 'active')).toBe(true);
	expect(await refusal(server`select service.operator_inventory(${hash()})`)).toBe('operator_session_ended');
});

test('R6.7 the texts of thirty days are with today’s, and each number has its own', async () => {
	const owner = await createPerson(sql, env);
	const { id } = await createOrganization(sql, { owner });
	const numbers = [
		await createNumber(sql, null, { organizationId: id }),
		await createNumber(sql, null, { organizationId: id })
	] as const;
	const nobody = { person: null, api_key_id: null };
	const now = Date.now();
	const received = (days: number) => textAt(id, numbers[0].id, new Date(now - days * 864e5), 'received', nobody);
	for (const days of [3, 28, 31]) await received(days);
	// as the clock counts the days that are over
	await sql`update private.usage_counts set counted_until = null, count_at = '-infinity' where organization_id = ${id}`;
	await sql`select private.count_usage(1)`;
	for (const days of [0, 0]) await received(days);
	const { session } = await operator('support');
	const answer: { told: Told }[] = await server`
		select service.operator_inventory(${session}, organization_id => ${id}) as told`;
	const told = numbers.map((number) => answer[0]!.told.numbers.find((one) => one.id === number.id)?.texts);
	expect(told).toEqual([4, 0]);
});
