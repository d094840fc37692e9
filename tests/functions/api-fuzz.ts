/** Requests to the developer API made up from its document: what it describes, and what looks like it. */
import fc from 'fast-check';
import type { Document } from './api-schemas.ts';

type Schema = {
	$ref?: string;
	type?: string | string[];
	enum?: unknown[];
	const?: unknown;
	format?: string;
	minimum?: number;
	maximum?: number;
	anyOf?: Schema[];
	oneOf?: Schema[];
	properties?: Record<string, Schema>;
	required?: string[];
	items?: Schema;
};
type Described = {
	operationId: string;
	parameters?: { in: string; name: string; required?: boolean; schema: Schema }[];
	requestBody?: { content: Record<string, { schema: Schema }> };
};
/** Somebody's things stand in it as `~contacts~7~`: the eighth of the contacts that there are by then (`filledIn`). */
export type Made = { operationId: string; method: string; path: string; json?: unknown; picture?: true };
/** Ids and numbers by what they are of, in the words of paths; and `others`, of which nothing is to be had. */
export type Things = Readonly<Record<string, readonly string[]>>;

/** What breaks programs that trust what they read. */
const cursors = [{ at: 'soon', id: '00000000-0000-0000-0000-000000000000' }, { at: '', contact: '', number: 'x' }, []];
const odd = [
	...['', ' ', '\0', '\uD800', 'é'.repeat(300), "'; drop table x; --", '\\', '{}', '{{name}}', '%_%'],
	...['-1', '1e309', 'null', '0000-01-01', '9999-12-31', '2026-02-30', '+1', '+999999999999999'],
	...['0001-01-01T00:00:00Z', '9999-12-31T23:59:59+14:00', ...cursors.map((cursor) => btoa(JSON.stringify(cursor)))]
];

/** Of what a field is that does not have the name of it. */
const kinds: Readonly<Record<string, string>> = {
	...{ phone_number_id: 'numbers', from: 'numbers', number: 'numbers', e164: 'own-numbers', to: 'guests' },
	...{ phone_number: 'guests', contact_number: 'guests', conversation_id: 'conversations', contact_id: 'contacts' },
	...{ id: 'contacts', label_id: 'labels', add_label_id: 'labels', remove_label_id: 'labels' },
	...{ endpoint_id: 'webhook-endpoints', organization_id: 'organization', assignee_id: 'people' }
};
/** What is likely to be understood where anything may stand. */
const words: Readonly<Record<string, readonly string[]>> = {
	...{ country: ['US', 'CA'], area_code: ['415'], region: ['CA'], locality: ['Oakland'], capabilities: ['sms'] },
	...{ contains: ['*7788'], time_zone: ['Europe/Berlin'], url: ['https://hooks.example/texts'], service: ['Wardrobe'] }
};

/** Sober requests are understood more often than not, wild ones hardly ever. */
export function requestsOf(document: Document, without: readonly string[]): fc.Arbitrary<Made> {
	return fc.oneof(
		{ weight: 3, arbitrary: made(document, without, 60) },
		{ weight: 2, arbitrary: made(document, without, 5) }
	);
}

/** One value of so many is not as described. */
function made(document: Document, without: readonly string[], sobriety: number): fc.Arbitrary<Made> {
	const thing = (kind: string) => fc.nat(60).map((place) => `~${kind}~${place}~`);
	const strange = fc.oneof(fc.constantFrom(...odd), fc.string(), fc.jsonValue(), thing('others'), thing('anything'));
	const mostly = (likely: fc.Arbitrary<unknown>) =>
		fc.oneof({ weight: sobriety, arbitrary: likely }, { weight: 1, arbitrary: strange });
	const maybe = (value: fc.Arbitrary<unknown>) => fc.option(value, { nil: undefined, freq: sobriety > 10 ? 1 : 5 });

	function resolve(schema: Schema): Schema {
		if (!schema.$ref) return schema;
		const parts = schema.$ref.slice(2).split('/');
		const named = parts.reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], document);
		return resolve(named as Schema);
	}

	function valueOf(given: Schema, name: string): fc.Arbitrary<unknown> {
		const schema = resolve(given);
		const choices = schema.anyOf ?? schema.oneOf;
		if (choices) return fc.oneof(...choices.map((each) => valueOf(each, name)));
		if (schema.const !== undefined) return fc.constant(schema.const);
		if (schema.enum) return fc.constantFrom(...schema.enum);
		const [type = 'string'] = [schema.type].flat();
		if (type === 'object') return objectOf(schema);
		if (type === 'array' && schema.items) {
			return fc.array(mostly(valueOf(schema.items, name.replace(/s$/, ''))), { minLength: 1, maxLength: 3 });
		}
		if (type === 'boolean') return fc.boolean();
		if (type === 'integer' || type === 'number') return fc.integer(rangeOf(schema, name));
		if (schema.format === 'date-time') return moments.map((at) => at.toISOString());
		if (schema.format === 'date') return moments.map((at) => at.toISOString().slice(0, 10));
		const kind = kinds[name];
		if (kind) return fc.oneof({ weight: 6, arbitrary: thing(kind) }, { weight: 1, arbitrary: thing('others') });
		if (schema.format === 'uuid') return thing('anything');
		return fc.constantFrom(...(words[name] ?? ['Hello', 'See you at 7', '482910']));
	}

	function objectOf({ properties = {}, required = [] }: Schema): fc.Arbitrary<object> {
		const parts = Object.entries(properties).map(([name, part]) => {
			const value = mostly(valueOf(part, name));
			return [name, required.includes(name) ? value : maybe(value)] as const;
		});
		return fc.record(Object.fromEntries(parts));
	}

	const each = Object.entries(document.paths).flatMap(([path, item]) =>
		Object.entries(item as unknown as Record<string, Described>)
			.filter(([, { operationId }]) => !without.includes(operationId))
			.map(([method, { operationId, parameters = [], requestBody }]) => {
				const [noun = ''] = /[^/]+(?=\/\{)/.exec(path) ?? [];
				const said = parameters
					.filter((parameter) => parameter.in !== 'header')
					.map(({ in: where, name, schema, required }) => {
						const own = fc.oneof({ weight: 6, arbitrary: thing(noun) }, { weight: 1, arbitrary: thing('others') });
						const value = mostly(where === 'path' && name === 'id' ? own : valueOf(schema, name));
						return [name, required ? value : maybe(value)] as const;
					});
				const values = fc.record(Object.fromEntries(said)) as fc.Arbitrary<Record<string, unknown>>;
				const schema = requestBody?.content['application/json']?.schema;
				const body = schema ? valueOf(schema, '') : fc.constant(undefined);
				const picture = requestBody?.content['image/png'] !== undefined;
				return fc.tuple(values, body).map(([query, json]): Made => ({
					operationId,
					method,
					path: addressOf(path, query),
					...(json !== undefined && { json }),
					...(picture && { picture })
				}));
			})
	);
	return fc.oneof(...each);
}

/** Who waits for a minute is not strange, only slow. */
const rangeOf = ({ minimum: min = 0, maximum = 1000 }: Schema, name: string) => ({
	min,
	max: name === 'wait' ? 1 : maximum
});

function addressOf(path: string, values: Record<string, unknown>): string {
	const query = new URLSearchParams();
	let filled = path.replace(/^\/v1/, '');
	for (const [name, value] of Object.entries(values)) {
		if (value === undefined) continue;
		const written = (typeof value === 'string' ? value : JSON.stringify(value)).toWellFormed();
		if (filled.includes(`{${name}}`)) filled = filled.replace(`{${name}}`, () => encodeURIComponent(written || ' '));
		else query.set(name, written);
	}
	return query.size > 0 ? `${filled}?${query}` : filled;
}

/** The request with things in their places, as they are now. */
export function filledIn({ path, json, ...rest }: Made, things: Things): Made {
	const all = Object.values(things).flat();
	const fill = (text: string, write: (thing: string) => string) =>
		text.replaceAll(/(?:~|%7E)([a-z-]+)(?:~|%7E)(\d+)(?:~|%7E)/g, (_, kind: string, place: string) => {
			const some = things[kind]?.length ? things[kind] : all;
			return write(some[some.length - 1 - (Number(place) % some.length)] ?? '');
		});
	const body = json === undefined ? {} : { json: JSON.parse(fill(JSON.stringify(json), String)) as unknown };
	return { ...rest, path: fill(path, encodeURIComponent), ...body };
}

/** Most of them not long from now. */
const moments = fc.oneof(
	{ weight: 4, arbitrary: fc.integer({ min: -90, max: 90 }).map((days) => new Date(Date.now() + days * 86_400_000)) },
	{
		weight: 1,
		arbitrary: fc.date({ min: new Date(-62_167_219_200_000), max: new Date(253_402_300_799_000), noInvalidDate: true })
	}
);
