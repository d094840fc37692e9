import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rolesFile, rolesPage } from '../../stack/roles.ts';
import { currentTypes, typesFile } from '../../stack/types.ts';

test('database.types.ts is what `npm run types` makes of the migrations', async () => {
	expect(readFileSync(typesFile, 'utf8'), 'run `npm run types`').toBe(await currentTypes());
});

test('R1.5 docs/roles.md is what `npm run types` prints of the table of capabilities', async () => {
	expect(readFileSync(rolesFile, 'utf8'), 'run `npm run types`').toBe(await rolesPage());
});
