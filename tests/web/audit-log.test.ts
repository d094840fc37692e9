import { expect, test } from 'vitest';
import type { AuditFilters, AuditLine } from '#core/audit-log.ts';
import { queryOf } from '#lib/audit/addresses.ts';
import { choicesOf } from '#lib/audit/choices.ts';
import { exactly } from '#lib/audit/moments.ts';
import { toldAll } from '#lib/audit/told.ts';
import { changesOf, sentenceOf, verbs } from '#lib/audit/verbs.ts';
import { filtersOf, list, placeOf, read } from '#lib/server/audit-log.ts';
import { dayAfter, dayAt, startOfDay } from '#core/days.ts';
import { database, everything, ids, line, names, number } from './audit-lines.ts';
import { supabase } from './support.ts';

const says = (wish: Partial<AuditLine>) => sentenceOf(line(wish), names);

test('a line is told as a sentence', () => {
	expect(says({})).toBe('Noor changed maya’s role from member to admin.');
	expect(says({ verb: 'member.invited', after: { email: 'tom@else.example', role: 'viewer' } })).toBe(
		'Noor invited tom@else.example as viewer.'
	);
	expect(says({ verb: 'organization.updated', object_kind: 'organization', after: { name: 'B', slug: 'b' } })).toBe(
		'Noor changed the organization’s name and address.'
	);
	expect(says({ verb: 'number.access_changed', object_kind: 'phone_number', object_id: number.id })).toBe(
		'Noor changed who may use +1\u00a0415\u00a0555\u00a00142.'
	);
	expect(says({ verb: 'ownership.accepted', before: { role: 'admin', owner: ids.maya } })).toBe(
		'Noor took the ownership over from maya.'
	);
	expect(says({ verb: 'member.suspended', actor_kind: 'platform', actor_id: null })).toBe(
		'CumApp suspended maya’s account.'
	);
});

test('who has gone is somebody, and what nobody has words for is shown as it is', () => {
	expect(says({ actor_id: crypto.randomUUID() })).toBe('Somebody who left changed maya’s role from member to admin.');
	expect(says({ verb: 'member.left', object_id: crypto.randomUUID() })).toBe(
		'Somebody who left, member until then, left the organization.'
	);
	expect(says({ actor_kind: 'key', actor_id: number.id })).toMatch(/^A key changed/);
	expect(says({ verb: 'contact.vanished', object_kind: 'contact_card' })).toBe(
		'Noor: contact.vanished (contact card).'
	);
	// names that objects have by themselves
	expect(says({ verb: 'constructor', object_kind: 'x' })).toBe('Noor: constructor (x).');
});

test('no verb breaks on a line that says less than it expects', () => {
	const empties = [null, {}, [], 'text', { role: 7, email: null }];
	for (const verb of [...Object.keys(verbs), 'nobody.knows'])
		for (const before of empties)
			for (const after of empties) {
				const bare = line({ verb, before, after, object_id: null, actor_id: null });
				expect(sentenceOf(bare, names)).toMatch(/^\S.*\S\.$/);
				expect(sentenceOf(bare, names)).not.toMatch(/undefined|null|\[object/);
				expect(() => changesOf(bare, names)).not.toThrow();
			}
});

test('what changed stands beside it, with names for people, unless the sentence has said it', () => {
	expect(changesOf(line({}), names)).toEqual([]);
	expect(
		changesOf(
			line({
				verb: 'number.access_changed',
				before: { restricted: false, roles: [], user_ids: [] },
				after: { restricted: true, roles: [], user_ids: [ids.maya, ids.noor] }
			}),
			names
		)
	).toEqual([
		{ label: 'Restricted', before: 'no', after: 'yes' },
		{ label: 'People', before: 'nobody', after: 'maya, Noor' }
	]);
	expect(changesOf(line({ verb: 'x.y', before: null, after: { new_field: { a: 1 } } }), names)).toEqual([
		{ label: 'new field', before: null, after: '{"a":1}' }
	]);
});

test('times are exact and of the person’s zone', () => {
	expect(exactly('2026-11-22T15:03:05.123456+00:00', 'Europe/Berlin')).toBe('22 Nov 2026, 16:03:05 GMT+1');
	expect(exactly('2026-11-22T15:03:05.123456+00:00', 'America/New_York')).toBe('22 Nov 2026, 10:03:05 GMT-5');
});

test('a day begins when it does where the person is, also where clocks change', () => {
	const begins = (day: string, zone: string) => startOfDay(day, zone).toISOString();
	expect(begins('2026-11-22', 'UTC')).toBe('2026-11-22T00:00:00.000Z');
	expect(begins('2026-11-22', 'Europe/Berlin')).toBe('2026-11-21T23:00:00.000Z');
	expect(begins('2026-03-29', 'Europe/Berlin')).toBe('2026-03-28T23:00:00.000Z');
	expect(begins('2026-03-30', 'Europe/Berlin')).toBe('2026-03-29T22:00:00.000Z');
	expect(begins('2026-10-26', 'Europe/Berlin')).toBe('2026-10-25T23:00:00.000Z');
	expect(begins('2026-11-22', 'Asia/Kathmandu')).toBe('2026-11-21T18:15:00.000Z');
	expect(begins('2026-11-22', 'Pacific/Kiritimati')).toBe('2026-11-21T10:00:00.000Z');
	expect(begins('2026-11-22', 'Pacific/Pago_Pago')).toBe('2026-11-22T11:00:00.000Z');
	// the clock goes from 23:59 to 1:00
	expect(begins('2026-09-06', 'America/Santiago')).toBe('2026-09-06T04:00:00.000Z');
	expect(dayAfter('2028-02-28')).toBe('2028-02-29');
	expect(dayAt(Date.parse('2026-11-22T23:30:00Z'), 'Europe/Berlin')).toBe('2026-11-23');
});

test('what cannot be read in an address is no filter', () => {
	const none = { actor: null, verb: null, since: null, until: null };
	const read = (query: string) => filtersOf(new URLSearchParams(query));
	expect(read('')).toEqual(none);
	expect(read("actor=x&verb=drop table&since=2026-02-31x&until=9999-99-99&verb='")).toEqual(none);
	expect(read(`actor=${ids.noor}&verb=role.changed&since=2026-11-01&until=2026-11-22`)).toEqual({
		actor: ids.noor,
		verb: 'role.changed',
		since: '2026-11-01',
		until: '2026-11-22'
	});
	expect(read('actor=platform').actor).toBe('platform');
	expect(placeOf(new URLSearchParams('before=zzz'))).toBeNull();
});

test('filters and their address are the same thing', () => {
	const filters: AuditFilters = { actor: ids.noor, verb: null, since: '2026-11-01', until: null };
	expect(queryOf(filters)).toBe(`?actor=${ids.noor}&since=2026-11-01`);
	expect(filtersOf(new URLSearchParams(queryOf(filters)))).toEqual(filters);
	expect(queryOf(filters, { actor: null, since: null })).toBe('');
	expect(queryOf(filters, { since: null, before: 'x' })).toBe(`?actor=${ids.noor}&before=x`);
});

test('a page asks for a range of ids, which an index can find, and knows whether there are older lines', async () => {
	const asked = supabase({ '/audit_log': { body: Array.from({ length: 51 }, () => line({})) } });
	const filters = { actor: 'platform', verb: 'role.changed', since: '2026-11-21', until: '2026-11-22' };
	const { lines, more } = await list(database(), 'o1', filters, ids.noor, 'Europe/Berlin');
	expect([lines.length, more]).toEqual([50, true]);
	const query = new URL(asked[0]!.path, 'http://x').searchParams;
	const [from = '', to = '', before] = query.getAll('id');
	const momentOf = (id: string) => new Date(parseInt(id.slice(-36, -23).replace('-', ''), 16)).toISOString();
	expect([from, to, before]).toEqual([
		expect.stringMatching(/^gte\./),
		expect.stringMatching(/^lt\./),
		`lt.${ids.noor}`
	]);
	// an hour for the longest transaction: a line is stamped with its beginning
	expect([momentOf(from), momentOf(to)]).toEqual(['2026-11-20T23:00:00.000Z', '2026-11-23T00:00:00.000Z']);
	expect(query.getAll('created_at')).toEqual(['gte.2026-11-20T23:00:00.000Z', 'lt.2026-11-22T23:00:00.000Z']);
	expect(query.get('actor_id')).toBe('is.null');
	expect(query.get('order')).toBe('id.desc');
});

test('a page of lines comes in words, with the reader’s clock', async () => {
	supabase({
		'/audit_log': { body: [line({}), line({ actor_id: crypto.randomUUID(), address: null })] },
		'/rpc/audit_people': { body: names.people },
		'/phone_numbers': { body: names.numbers }
	});
	const { lines: found, more, names: theirs } = await read(database(), 'o1', everything, null, 'Europe/Berlin');
	expect(more).toBe(false);
	const lines = toldAll(found, theirs, 'Europe/Berlin');
	expect(lines[0]).toEqual({
		id: line({}).id,
		sentence: 'Noor changed maya’s role from member to admin.',
		changes: [],
		at: '2026-11-22T15:03:05.123456+00:00',
		moment: '22 Nov 2026, 16:03:05 GMT+1',
		username: 'noor',
		address: '203.0.113.7'
	});
	expect(lines[1]).toMatchObject({
		sentence: expect.stringMatching(/^Somebody who left/),
		username: null,
		address: null
	});
});

test('what one can filter by is named, and what the address asks for is among it', () => {
	const { actors, verbs: deeds, chosen } = choicesOf(everything, names);
	expect(actors).toEqual([
		{ value: ids.noor, word: 'Noor (@noor)' },
		{ value: 'platform', word: 'CumApp' }
	]);
	expect(deeds).toHaveLength(Object.keys(verbs).length);
	expect(chosen).toEqual({ actor: null, verb: null, days: null });

	const of = (wish: Partial<AuditFilters>) => choicesOf({ ...everything, ...wish }, names);
	expect(of({ actor: ids.maya }).actors).toContainEqual({ value: ids.maya, word: '@maya' });
	expect(of({ verb: 'contact.vanished' }).verbs).toContainEqual({
		value: 'contact.vanished',
		word: 'contact.vanished'
	});
	expect(of({ actor: ids.maya, verb: 'role.changed', since: '2026-11-01' }).chosen).toEqual({
		actor: 'maya',
		verb: 'Role changed',
		days: 'since 1 November 2026'
	});
	expect(of({ actor: crypto.randomUUID(), verb: 'constructor', until: '2026-11-22' }).chosen).toEqual({
		actor: 'Somebody who left',
		verb: 'constructor',
		days: 'until 22 November 2026'
	});
	expect(of({ since: '2026-11-01', until: '2026-11-22' }).chosen.days).toBe('1 November 2026 to 22 November 2026');
	expect(of({ since: '2026-11-22', until: '2026-11-22' }).chosen.days).toBe('22 November 2026');
});
