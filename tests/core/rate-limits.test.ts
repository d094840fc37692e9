import { expect, test } from 'vitest';
import { admittedOf, exceeded, limitField, perMinute, policyField, refusedOf, tooMany } from '#core/rate-limits.ts';

// one of 60 a minute is used; of the organization's 120, all are
const answer = [1, 120, 60_000_000, 500_000, 15_000_000, 0, 0, 60, 1_000_000, 0, 6_000_000, 0];

test('R7.2 limits and what is left of them are said in the fields of the draft, one’s own first', () => {
	const { admitted, limits } = refusedOf(answer);
	expect(admitted).toBe(false);
	expect(policyField(limits)).toBe(
		'"burst";q=60;w=60, "daily";q=14400;w=86400, "organization-burst";q=120;w=60, "organization-daily";q=28800;w=86400'
	);
	expect(limitField(limits)).toBe(
		'"burst";r=59;t=1, "daily";r=14399;t=6, "organization-burst";r=0;t=60, "organization-daily";r=28795;t=15'
	);
});

test('R7.2 who was admitted reads what is left of their own and of the organization’s, if there is one', () => {
	expect(admittedOf([60, 1_000_000, 6_000_000, 120, 60_000_000, 15_000_000])).toEqual({
		admitted: true,
		limits: [
			{ policy: 'burst', quota: 60, left: 59, reset: 1, wait: 0 },
			{ policy: 'daily', quota: 14_400, left: 14_399, reset: 6, wait: 0 },
			{ policy: 'organization-burst', quota: 120, left: 0, reset: 60, wait: 0 },
			{ policy: 'organization-daily', quota: 28_800, left: 28_795, reset: 15, wait: 0 }
		]
	});
	expect(admittedOf([60, 0, 0]).limits.map(({ policy }) => policy)).toEqual(['burst', 'daily']);
});

test('R7.2 who was refused reads which limit it was and how long to wait', () => {
	const [worst, ...others] = exceeded(refusedOf(answer).limits);
	expect(others).toEqual([]);
	expect(worst).toMatchObject({ policy: 'organization-burst', wait: 1 });
	expect(tooMany(worst!)).toBe(
		'This organization makes at most 120 requests a minute. Nothing was done; come back in a second.'
	);
	const daily = refusedOf([0, 300, 1, 0, 86_400_000_000, 2_000_000_000]).limits[1]!;
	expect(tooMany(daily)).toBe(
		'This key or account makes at most 72,000 requests a day. Nothing was done; come back in 2,000 seconds.'
	);
});

test('R7.7 each limit tells the plan’s requests a minute that it comes from', () => {
	expect(refusedOf(answer).limits.map(perMinute)).toEqual([60, 60, 60, 60]);
});
