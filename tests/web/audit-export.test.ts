import { expect, test, vi } from 'vitest';
import type { AuditLine } from '#core/audit-log.ts';
import { bodyOf, written } from '#lib/server/audit-export.ts';
import { openExport } from '#lib/server/audit-log.ts';
import { database, everything, line, names, number } from './audit-lines.ts';
import { supabase } from './support.ts';

/** The file of a log with these lines, and how many batches were asked for. */
async function fileOf(lines: AuditLine[], format: 'csv' | 'json', known = names) {
	const asked = supabase({
		'/rpc/export_audit_log': ({ body }) => {
			const from = lines.findIndex(({ id }) => id === body.before_id) + 1;
			return { body: lines.slice(from, from + Number(body.batch)) };
		}
	});
	const batches = await openExport(database(), 'o1', everything, 'UTC');
	const bytes = await new Response(bodyOf(written(batches, known, format))).arrayBuffer();
	// its byte order mark is part of what we look at
	const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
	return { text, asked: asked.length };
}

/** RFC 4180, read strictly. */
function cellsOf(text: string): string[][] {
	const rows: string[][] = [[]];
	for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
		rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain ?? '');
		if (end === '\r\n') rows.push([]);
		if (end === '') break;
	}
	return rows.slice(0, -1);
}

const many = (count: number) =>
	Array.from({ length: count }, (_, n) =>
		line({ id: `0190a5b0-0000-7000-8000-${String(9_999 - n).padStart(12, '0')}` })
	);

test('an export as CSV has every line once, a batch at a time', async () => {
	const { text, asked } = await fileOf(many(1234), 'csv');
	expect(asked).toBe(3);
	expect(text.startsWith('\uFEFFid,time,')).toBe(true);
	const [header, ...rows] = cellsOf(text.slice(1));
	expect(rows).toHaveLength(1234);
	expect(new Set(rows.map(([id]) => id)).size).toBe(1234);
	expect(Object.fromEntries(header!.map((name, at) => [name, rows[0]![at]]))).toMatchObject({
		time: '2026-11-22T15:03:05.123Z',
		actor: 'Noor',
		actor_username: 'noor',
		verb: 'role.changed',
		object: 'maya',
		before: '{"role":"member"}',
		after: '{"role":"admin"}',
		address: '203.0.113.7'
	});
});

test('an export as CSV holds no formula, and phone numbers stay what they are', async () => {
	const evil = { user_id: crypto.randomUUID(), username: 'evil', full_name: '=HYPERLINK("x")', has_acted: true };
	const { text } = await fileOf(
		[line({ actor_id: evil.user_id }), line({ object_kind: 'phone_number', object_id: number.id })],
		'csv',
		{ ...names, people: [...names.people, evil] }
	);
	const risky = cellsOf(text.slice(1))
		.flat()
		.filter((cell) => /^[=+\-@\t\r]/.test(cell));
	expect(risky).toEqual(['+14155550142']);
	expect(text).toContain(`"'=HYPERLINK(""x"")"`);
});

test('an export as JSON is one array, also of nothing', async () => {
	const { text } = await fileOf(many(501), 'json');
	const parsed = JSON.parse(text) as AuditLine[];
	expect(parsed).toHaveLength(501);
	expect(parsed[0]).toMatchObject({ actor: 'Noor', before: { role: 'member' }, after: { role: 'admin' } });
	expect(JSON.parse((await fileOf([], 'json')).text)).toEqual([]);
	expect(cellsOf((await fileOf([], 'csv')).text.slice(1))).toHaveLength(1);
});

test('nothing is read ahead of who takes it, and a file that breaks off is no whole file', async () => {
	let batches = 0;
	async function* source() {
		for (;;) {
			if (++batches === 4) throw new Error('the database is gone');
			yield many(500);
		}
	}
	const complaints = vi.spyOn(console, 'error').mockImplementation(() => {});
	const reader = bodyOf(written(source(), names, 'csv')).getReader();
	await reader.read();
	await new Promise((resolve) => setTimeout(resolve, 50));
	expect(batches).toBeLessThanOrEqual(1);
	await expect(
		(async () => {
			while (!(await reader.read()).done);
		})()
	).rejects.toThrow('the database is gone');
	expect(complaints).toHaveBeenCalledOnce();
	complaints.mockRestore();
});
