import * as devalue from 'devalue';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse, stringify, unflatten } from '../../web/src/plain-data.ts';

/** What a load or an action may answer. */
const answers = fc.letrec<{ any: unknown }>((tie) => ({
	any: fc.oneof(
		{ maxDepth: 4 },
		fc.constantFrom(undefined, null, true, NaN, Infinity, -Infinity, -0),
		fc.string(),
		fc.double(),
		fc.date({ noInvalidDate: true }),
		fc.array(tie('any'), { maxLength: 4 }),
		fc.array(tie('any'), { maxLength: 4 }).map((all) => new Set(all)),
		fc.array(fc.tuple(tie('any'), tie('any')), { maxLength: 3 }).map((all) => new Map(all)),
		fc.dictionary(
			fc.string().filter((key) => key !== '__proto__'),
			tie('any'),
			{ maxKeys: 4, noNullPrototype: true }
		)
	)
})).any;

test('a page is told what the server wrote, whatever it is made of', () => {
	fc.assert(
		fc.property(answers, (answer) => {
			const text = devalue.stringify(answer);
			expect(parse(text)).toEqual(devalue.parse(text));
		})
	);
});

test('what is the same stays the same, in a ring as well, and holes stay holes', () => {
	const ring: { own?: unknown; list: unknown[] } = { list: Array(3) };
	ring.list[2] = 3;
	ring.own = ring;
	const read = parse(devalue.stringify(ring)) as typeof ring;
	expect(read.own).toBe(read);
	expect(1 in read.list).toBe(false);
	expect(read.list).toHaveLength(3);
});

test('kinds of the caller’s own are made by its reviver', () => {
	const flat = JSON.parse(devalue.stringify({ later: 'x' }, { Promise: (value) => value === 'x' && 7 })) as unknown[];
	expect(unflatten(flat, { Promise: (id) => `the promise ${String(id)}` })).toEqual({ later: 'the promise 7' });
});

test('what no page is told is refused by name, and nothing reaches a prototype', () => {
	expect(() => parse(devalue.stringify({ bytes: new Uint8Array(2) }))).toThrow('Uint8Array');
	expect(() => parse('[{"__proto__":1},{"wrong":2},true]')).toThrow('__proto__');
});

test('the state of a history entry comes back as it was left, and devalue reads it', () => {
	fc.assert(
		fc.property(fc.jsonValue(), (state) => {
			// JSON knows no -0
			const plain: unknown = JSON.parse(JSON.stringify(state));
			expect(parse(stringify(plain))).toEqual(plain);
			expect(devalue.parse(stringify(plain))).toEqual(plain);
		})
	);
	expect(parse(stringify({ left: undefined, places: [undefined] }))).toEqual({ left: undefined, places: [undefined] });
	expect(parse(stringify(undefined))).toBeUndefined();
});
