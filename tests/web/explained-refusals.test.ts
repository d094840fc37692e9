import { expect, test } from 'vitest';
import { failures, isSlug } from '#core/failures.ts';
import { explained } from '#lib/server/explained-refusals.ts';

test('R7.1 every refusal has a page that says what to do about it', () => {
	for (const code of Object.keys(failures).filter(isSlug)) {
		expect(explained(code)).toMatchObject({ code, status: failures[code].status, says: failures[code].says });
		if (failures[code].status !== 405) expect(explained(code)?.remedy, code).toMatch(/\.$/);
	}
	expect([explained('constructor'), explained('nothing_like_it')]).toEqual([null, null]);
});
