import type { AuditFilters, AuditLine } from '#core/audit-log.ts';
import { createDatabase } from '#lib/server/database.ts';
import { cookieOf, jar } from './support.ts';

export const ids = { noor: '0190a5b0-0000-7000-8000-00000000000a', maya: '0190a5b0-0000-7000-8000-00000000000b' };
export const number = { id: '0190a5b0-0000-7000-8000-00000000000c', e164: '+14155550142' };
export const names = {
	people: [
		{ user_id: ids.noor, username: 'noor', full_name: 'Noor', has_acted: true },
		{ user_id: ids.maya, username: 'maya', full_name: null, has_acted: false }
	],
	numbers: [number],
	platform: 'CumApp'
};

export const line = (wish: Partial<AuditLine>): AuditLine => ({
	id: '0190a5b0-0000-7000-8000-0000000000ff',
	actor_kind: 'person',
	actor_id: ids.noor,
	verb: 'role.changed',
	object_kind: 'member',
	object_id: ids.maya,
	before: { role: 'member' },
	after: { role: 'admin' },
	address: '203.0.113.7',
	created_at: '2026-11-22T15:03:05.123456+00:00',
	...wish
});

export const database = () => createDatabase(jar(cookieOf('own', 3600)), false);
export const everything: AuditFilters = { actor: null, verb: null, since: null, until: null };
