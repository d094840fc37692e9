import { expect, test } from 'vitest';
import { conditionsOf, holds, momentsOf, noFilter, ranges, searchOf } from '#core/filtered-verifications.ts';
import { filterOf } from '#core/verification-filters.ts';
import { verificationStatuses, type Verification } from '#core/verifications.ts';

const id = '0198a0c4-0000-7000-8000-000000000001';
const other = '0198a0c4-0000-7000-8000-000000000002';
const read = (search: string) => filterOf(new URLSearchParams(search));
const now = Date.parse('2026-11-23T01:30:00Z');

test('R5.4 a filter is written into an address and read back the same', () => {
	const filters = [
		noFilter,
		{ ...noFilter, service: 'Ünser Shop & Söhne=?', number: id, person: other },
		{ ...noFilter, from: '2026-11-01', to: '2026-11-22' },
		...ranges.map((range) => ({ ...noFilter, range })),
		...verificationStatuses.map((status) => ({ ...noFilter, status: [status] })),
		{ ...noFilter, status: verificationStatuses.slice(0, -1) }
	];
	for (const filter of filters) expect(filterOf(new URLSearchParams(searchOf(filter)))).toEqual(filter);
	expect(searchOf(noFilter)).toBe('');
	expect(searchOf({ ...noFilter, status: ['expired', 'waiting'], range: '7d' })).toBe(
		'?status=waiting&status=expired&range=7d'
	);
});

test('R5.4 what is no filter filters nothing, and what says the same is the same', () => {
	for (const nonsense of [
		'',
		'service=',
		// nothing in the database is called so, and it would not take the question
		'service=%00',
		'service=Git%00Hub',
		`service=${'x'.repeat(81)}`,
		'status=gone&range=1y&from=yesterday&to=2026-02-31&number=1&person=me',
		verificationStatuses.map((status) => `status=${status}`).join('&'),
		"number=' or true --&status[]=waiting&__proto__=1"
	])
		expect(read(nonsense), nonsense).toEqual(noFilter);
	expect(read('status=expired&status=nonsense&status=waiting&status=expired').status).toEqual(['waiting', 'expired']);
	expect(read('from=2026-11-22&to=2026-11-01')).toEqual(read('from=2026-11-01&to=2026-11-22'));
	expect(read('from=2026-11-22&range=7d')).toEqual(read('from=2026-11-22'));
	expect(read('service=%20GitHub%20').service).toBe('GitHub');
});

test('R5.4 days are the reader’s, spans end now', () => {
	const span = (search: string, zone: string) => {
		const { since, until } = momentsOf(read(search), zone, now);
		return [since?.toISOString() ?? null, until?.toISOString() ?? null];
	};
	expect(span('', 'UTC')).toEqual([null, null]);
	expect(span('range=today', 'UTC')).toEqual(['2026-11-23T00:00:00.000Z', null]);
	// half past eight in the evening of the day before
	expect(span('range=today', 'America/New_York')).toEqual(['2026-11-22T05:00:00.000Z', null]);
	expect(span('range=24h', 'America/New_York')).toEqual(['2026-11-22T01:30:00.000Z', null]);
	expect(span('range=7d', 'UTC')).toEqual(['2026-11-16T01:30:00.000Z', null]);
	expect(span('range=90d', 'UTC')).toEqual(['2026-08-25T01:30:00.000Z', null]);
	// a day of 25 hours
	expect(span('from=2026-10-25&to=2026-10-25', 'Europe/Berlin')).toEqual([
		'2026-10-24T22:00:00.000Z',
		'2026-10-25T23:00:00.000Z'
	]);
	expect(span('to=2026-11-22', 'UTC')).toEqual([null, '2026-11-23T00:00:00.000Z']);
});

test('R5.4 the database is asked for what an open page would hold', () => {
	const filter = read(
		`service=GitHub&status=waiting&status=expired&from=2026-11-22&to=2026-11-22&number=${id}&person=${other}`
	);
	const moments = momentsOf(filter, 'UTC', now);
	expect(conditionsOf(filter, moments)).toEqual([
		['service_name', 'eq', 'GitHub'],
		['status', 'in', '(waiting,expired)'],
		['phone_number_id', 'eq', id],
		['requested_by', 'eq', other],
		['created_at', 'gte', '2026-11-22T00:00:00.000Z'],
		['id', 'gte', '01a2008d-7400-7000-8000-000000000000'],
		['created_at', 'lt', '2026-11-23T00:00:00.000Z'],
		['id', 'lt', '01a205ea-be80-7000-8000-000000000000']
	]);
	expect(conditionsOf(noFilter, momentsOf(noFilter, 'UTC', now))).toEqual([]);

	const row = {
		service_name: 'GitHub',
		status: 'expired',
		phone_number_id: id,
		requested_by: other,
		created_at: '2026-11-22T00:00:00+00:00'
	} as Verification;
	expect(holds(filter, moments, row)).toBe(true);
	const unlike: Partial<Verification>[] = [
		{ service_name: 'github' },
		{ status: 'cancelled' },
		{ phone_number_id: other },
		{ requested_by: null },
		{ created_at: '2026-11-21T23:59:59.999+00:00' },
		{ created_at: '2026-11-23T00:00:00+00:00' }
	];
	for (const change of unlike) {
		expect(holds(filter, moments, { ...row, ...change }), JSON.stringify(change)).toBe(false);
		expect(holds(noFilter, { since: null, until: null }, { ...row, ...change })).toBe(true);
	}
});
