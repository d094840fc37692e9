/**
 * What browsers need of devalue, in its own format: to read what a load or an action answered, and to keep the state of a
 * page in its history entry. All of devalue is 4 kB on every page; loads answer what JSON has, now and then a date, a set
 * or a map. The server writes with devalue itself.
 */

/** Values without a place of their own in the list, by their number. */
const constants: Readonly<Record<number, unknown>> = {
	[-1]: undefined,
	[-3]: NaN,
	[-4]: Infinity,
	[-5]: -Infinity,
	[-6]: -0
};
const hole = -2;

type Revivers = Readonly<Record<string, (value: unknown) => unknown>>;

/**
 * The value that a list of devalue's holds: its first entry, in which numbers say where the others are. `revivers` make
 * values of kinds that are the caller's own. Throws on what no load of ours answers (typed arrays, expressions, boxes).
 */
export function unflatten(flat: number | readonly unknown[], revivers: Revivers = {}): unknown {
	if (typeof flat === 'number') return constants[flat];
	const made: unknown[] = [];

	const make = (index: number): unknown => {
		if (index < 0) return constants[index];
		if (!(index in made)) {
			const value = flat[index];
			if (Array.isArray(value)) fill(index, value as unknown[]);
			else if (value && typeof value === 'object') {
				const object: Record<string, unknown> = {};
				made[index] = object;
				for (const [key, at] of Object.entries(value)) {
					if (key === '__proto__') throw new Error('Pages are told no __proto__');
					object[key] = make(at as number);
				}
			} else made[index] = value;
		}
		return made[index];
	};

	/** An array, or what its first entry says. */
	const fill = (index: number, [kind, ...rest]: readonly unknown[]) => {
		const places = rest as number[];
		if (typeof kind !== 'string') {
			const array: unknown[] = [];
			made[index] = array;
			for (const at of flat[index] as number[]) {
				if (at === hole) array.length += 1;
				else array.push(make(at));
			}
		} else if (revivers[kind]) made[index] = revivers[kind](make(places[0] ?? 0));
		else if (kind === 'Date') made[index] = new Date(rest[0] as string);
		else if (kind === 'Set') {
			const set = new Set();
			made[index] = set;
			for (const at of places) set.add(make(at));
		} else if (kind === 'Map') {
			const map = new Map();
			made[index] = map;
			for (let at = 0; at < places.length; at += 2) map.set(make(places[at] ?? 0), make(places[at + 1] ?? 0));
		} else throw new Error(`Pages cannot be told a ${kind}: web/src/plain-data.ts`);
	};

	return make(0);
}

/** The value of a text of devalue's. */
export const parse = (text: string, revivers?: Revivers): unknown =>
	unflatten(JSON.parse(text) as number | unknown[], revivers);

/** A plain value (what JSON has, and `undefined`) as devalue writes it. */
export function stringify(value: unknown): string {
	const flat: unknown[] = [];
	const place = (value: unknown): number => {
		if (value === undefined) return -1;
		const index = flat.push(value) - 1;
		if (Array.isArray(value)) flat[index] = value.map(place);
		else if (value && typeof value === 'object')
			flat[index] = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, place(each)]));
		return index;
	};
	const root = place(value);
	return JSON.stringify(root < 0 ? root : flat);
}
