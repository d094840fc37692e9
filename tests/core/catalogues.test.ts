import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { explainCarrierError } from '#core/carrier-errors.ts';
import { isFinal, mayBecome, statuses } from '#core/delivery.ts';
import { Failure, failures, isSlug } from '#core/failures.ts';

const migrations = new URL('../../supabase/migrations/', import.meta.url);
const sql = readdirSync(migrations)
	.map((name) => readFileSync(new URL(name, migrations), 'utf8'))
	.join('\n');

describe('refusals', () => {
	test('every refusal that SQL raises is in the catalogue, with the same status', () => {
		const raised = [...sql.matchAll(/private\.fail\(\s*(\d{3}),\s*'(\w+)'/g)].map(([, status, slug]) => [
			slug,
			Number(status)
		]);
		expect(raised.length).toBeGreaterThan(5);
		expect(raised.filter(([slug, status]) => failures[slug as keyof typeof failures]?.status !== status)).toEqual([]);
	});

	test('each has a sentence in the product’s own words', () => {
		for (const { says } of Object.values(failures)) {
			expect(says).toMatch(/^[A-Z].*\.$/);
			expect(says).not.toMatch(/!|please|oops|successful|invalid|error/i);
		}
	});

	test('a failure carries its status and may say it more exactly', () => {
		expect(new Failure('collision')).toMatchObject({
			status: 409,
			message: 'collision',
			says: failures.collision.says
		});
		expect(new Failure('collision', 'Maya answered first. Your text was not sent.').says).toContain('Maya');
		expect(isSlug('toString')).toBe(false);
	});
});

describe('what carriers answer', () => {
	test.each(['20003', '20429', '21211', '21408', '21606', '21608', '21610', '21612', '21614', '21617'])(
		'%s, the answer to a send, has its own words',
		(code) => expect(explainCarrierError(code)).not.toEqual(explainCarrierError('21999'))
	);
	test.each([
		'30001',
		'30002',
		'30003',
		'30004',
		'30005',
		'30006',
		'30007',
		'30008',
		'30017',
		'30032',
		'30034',
		'30035',
		'30038',
		'30410',
		'30450'
	])('%s, from a receipt, has its own words', (code) =>
		expect(explainCarrierError(code)).not.toEqual(explainCarrierError('30999'))
	);

	test('R3.4 a failure that passes can be tried again, one that stays cannot', () => {
		expect(explainCarrierError('30003')).toEqual({
			says: 'The phone was off or out of reach',
			advice: 'Trying again can work.',
			retry: 'now'
		});
		expect(explainCarrierError('21610').retry).toBe('never');
		for (const code of ['20429', '30001', '30017', '30035', '30410', '30450'])
			expect(explainCarrierError(code).retry).toBe('later');
		for (const code of ['21211', '21265', '21614', '21635', '30004', '30005', '30006', '30007', '30032', '30034'])
			expect(explainCarrierError(code).retry).toBe('never');
	});

	test('R3.4 nobody is told to try again where that cannot work, and who can is told how', () => {
		const codes = [...Array(3000).keys()].flatMap((at) => [String(20_000 + at), String(30_000 + at)]);
		for (const code of codes) {
			const { says, advice, retry } = explainCarrierError(code);
			expect(says, code).toMatch(/^[A-Z].*[^.]$/);
			expect(advice, code).toMatch(/^[A-Z].*\.$/);
			if (retry === 'never') expect(advice, code).not.toMatch(/[Tt]rying again/);
		}
	});

	test.each([null, '', '12', '20999', '21999', '30999', '99999', 'constructor'])('%j has an answer, too', (code) => {
		expect(explainCarrierError(code).says).toMatch(/^[A-Z].*[^.]$/);
		expect(explainCarrierError(code).advice).toMatch(/^[A-Z].*\.$/);
	});
});

describe('R3.4 a status only moves forward', () => {
	test('the first final status stays, whatever comes late', () => {
		expect(mayBecome('delivered', 'sent')).toBe(false);
		expect(mayBecome('failed', 'delivered')).toBe(false);
		expect(mayBecome('delivered', 'failed')).toBe(false);
		expect(mayBecome('queued', 'delivered')).toBe(true);
		expect(statuses.filter(isFinal)).toEqual(['received', 'delivered', 'failed', 'cancelled']);
	});

	test('no way leads back', () => {
		for (const from of statuses) {
			for (const to of statuses) if (mayBecome(from, to)) expect(mayBecome(to, from)).toBe(false);
		}
	});

	test('the database allows the same moves', () => {
		const [, rows = ''] = /insert into private\.message_transitions values([^;]+);/.exec(sql) ?? [];
		const inSql = [...rows.matchAll(/\('(\w+)', '(\w+)'\)/g)].map(([, from, to]) => `${from} → ${to}`);
		const inCore = statuses.flatMap((from) =>
			statuses.filter((to) => mayBecome(from, to)).map((to) => `${from} → ${to}`)
		);
		expect(inSql.sort()).toEqual(inCore.sort());
	});
});
