import { expect, test } from 'vitest';
import type { Movement } from '#core/statement.ts';
import { monthOf, openExport, written } from '#lib/server/statements.ts';
import { database } from './audit-lines.ts';
import { supabase } from './support.ts';

const movement = (n: number, amount_micros: number): Movement => ({
	id: `0190a5b0-0000-7000-8000-${String(n).padStart(12, '0')}`,
	created_at: '2026-11-22T10:00:00+00:00',
	reason: 'text',
	object_kind: 'message',
	object_id: '0190a5b0-0000-7000-8000-000000000000',
	note: n === 0 ? '=1+1' : null,
	amount_micros
});

test('a statement’s file has every movement once, exact to the micro, and no formulas', async () => {
	const all = Array.from({ length: 2345 }, (_, n) => movement(n, n % 2 ? -8_301 : 12_000_007));
	const asked = supabase({
		'/rpc/statement_movements': ({ body }) => {
			const from = all.findIndex(({ id }) => id === body.after_id) + 1;
			return { body: all.slice(from, from + Number(body.batch)) };
		}
	});
	let text = '';
	for await (const piece of written(await openExport(database(), 'o1', '2026-11'))) text += piece;
	const rows = text.trimEnd().split('\r\n').slice(1);
	expect([rows.length, asked.length]).toEqual([2345, 3]);
	expect(rows[0]).toContain(",'=1+1,12.000007");
	expect(rows[1]!.endsWith(',-0.008301')).toBe(true);
	const micros = rows.map((row) => BigInt(row.slice(row.lastIndexOf(',') + 1).replace('.', '')));
	expect(micros.reduce((sum, one) => sum + one, 0n)).toBe(
		all.reduce((sum, one) => sum + BigInt(one.amount_micros), 0n)
	);
});

test('an address asks for a month, or for the one under way', () => {
	const asks = (query: string) => monthOf(new URLSearchParams(query));
	expect([asks('month=2026-11'), asks('month=2026-13'), asks('month=0001-01'), asks('')]).toEqual([
		'2026-11',
		null,
		null,
		null
	]);
});
