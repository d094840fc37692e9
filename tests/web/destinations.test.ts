import fc from 'fast-check';
import { expect, test } from 'vitest';
import { safeNext } from '#lib/server/destinations.ts';

test('after signing in one goes where one wanted to go, query included', () => {
	expect(safeNext('/tidewater/inbox')).toBe('/tidewater/inbox');
	expect(safeNext('/tidewater/inbox?after=2#top')).toBe('/tidewater/inbox?after=2');
});

test.each([
	null,
	'',
	'tidewater',
	'https://evil.example',
	'//evil.example',
	'/\\evil.example',
	'\\/evil.example',
	'/\t/evil.example',
	'/..//evil.example',
	'/.//evil.example',
	'javascript:alert(1)',
	'/\n/evil.example',
	'///evil.example'
])('an address outside is not one of ours: %j', (next) => {
	expect(safeNext(next)).toBeUndefined();
});

test('whatever the query holds, the browser stays on this site', () => {
	const hostile = fc
		.array(fc.constantFrom('/', '\\', '.', '@', ':', '?', '#', '\t', 'evil.example', '%2f', 'a'))
		.map((parts) => parts.join(''));
	fc.assert(
		fc.property(hostile, (next) => {
			const safe = safeNext(`/${next}`);
			if (safe !== undefined) expect(new URL(safe, 'https://app.example').origin).toBe('https://app.example');
		}),
		{ numRuns: 2_000 }
	);
});
