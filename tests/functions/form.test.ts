import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseForm } from '../../supabase/functions/_shared/http/form.ts';

/** What `URLSearchParams` makes of a text, field by field; it drops one leading question mark, an address's. */
function reference(text: string) {
	const read = new URLSearchParams(`?${text}`);
	return Object.fromEntries(
		[...read.keys()].map((name) => {
			const values = read.getAll(name);
			return [name, values.length > 1 ? values : values[0]];
		})
	);
}

function same(text: string): void {
	expect({ ...parseForm(text) }).toEqual(reference(text));
}

test('a form is read as URLSearchParams reads it, whatever was written into it', () => {
	const fields = fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })));
	fc.assert(fc.property(fields, (pairs) => same(new URLSearchParams(pairs).toString())));
});

test('a text that no encoder wrote is read as URLSearchParams reads it', () => {
	const unit = fc.constantFrom(
		'&',
		'=',
		'+',
		'%',
		'%2',
		'%20',
		'%C3%A9',
		'%c3',
		'%FF',
		'%00',
		'%26',
		'a',
		'B',
		'é',
		'?',
		'#'
	);
	fc.assert(fc.property(fc.string({ unit, maxLength: 12 }), same), { numRuns: 1000 });
});

test.each([
	'',
	'&&',
	'=',
	'a',
	'a=1&a=2&a=3',
	'=x',
	'a=b=c',
	'Body=100%+sure',
	'constructor=1&toString=2',
	'Body=%E2%82'
])('%j is read as URLSearchParams reads it', same);

test('a field called __proto__ is a field', () => {
	expect(Object.entries(parseForm('__proto__=x'))).toEqual([['__proto__', 'x']]);
});
