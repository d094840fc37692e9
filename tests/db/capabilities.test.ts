import { expect, test } from 'vitest';
import { can, capabilities, roles, type Capability } from '#core/capabilities.ts';
import { keyScopes } from '#core/key-scopes.ts';
import { stack } from '../support/shared-stack.ts';

test('R1.5 the database and the pages know one table of who may do what', async () => {
	const rows = await stack.sql<{ capability: Capability; role: (typeof roles)[number] }[]>`
		select capability, role from private.capabilities`;
	const inCore = (Object.keys(capabilities) as Capability[]).flatMap((capability) =>
		roles.filter((role) => can(role, capability)).map((role) => `${role} ${capability}`)
	);
	expect(rows.map(({ role, capability }) => `${role} ${capability}`).sort()).toEqual(inCore.sort());
});

test('R1.5 every capability that SQL asks for stands in the table', async () => {
	const rows = await stack.sql<{ source: string }[]>`
		select prosrc as source from pg_proc where pronamespace = 'private'::regnamespace`;
	const asked = rows.flatMap(({ source }) =>
		[...source.matchAll(/private\.(?:require|my_organization_ids_for)\(\s*'([a-z:]+)'/g)].map(([, name]) => name)
	);
	expect(asked).toContain('messages:send');
	expect(asked.filter((name) => !Object.hasOwn(capabilities, name ?? ''))).toEqual([]);
});

test('R6.7 the database and the pages know one table of what keys may be allowed', async () => {
	const rows = await stack.sql<{ scope: string; capability: string | null }[]>`
		select scope, capability from private.key_scopes`;
	const inCore = Object.entries(keyScopes).map(([scope, { capability }]) => `${scope} ${capability}`);
	expect(rows.map(({ scope, capability }) => `${scope} ${capability}`).sort()).toEqual(inCore.sort());
});
