import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { currentTypes, typesFile } from '../../stack/types.ts';

test('database.types.ts is what `npm run types` makes of the migrations', async () => {
	expect(readFileSync(typesFile, 'utf8'), 'run `npm run types`').toBe(await currentTypes());
});
