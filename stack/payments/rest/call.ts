import * as z from 'zod';
import type { CallName } from '../faults.ts';
import type { Records } from '../records.ts';
import type { Thing } from '../store.ts';
import { invalid, missing } from './errors.ts';
import type { Parameters } from './form.ts';

/** One request: its parameters, and the ids in its path ('' where there is none): of the thing, and of a part of it. */
export type Call = { id: string; part: string; path: string; parameters: Parameters; records: Records };

/** A call of the API. `answer` runs in one transaction and does not wait for anything. */
export type Route = {
	method: 'DELETE' | 'GET' | 'POST';
	path: string;
	name: CallName;
	answer: (call: Call) => object;
};

export const whole = z.stringFormat('whole', /^-?\d{1,15}$/).transform(Number);
export const flag = z.enum(['true', 'false']).transform((raw) => raw === 'true');
export const text = z.string().min(1).max(5000);
/** Empty takes it away. */
export const emptyable = z
	.string()
	.max(5000)
	.transform((raw) => raw || null);
export const currency = z
	.string()
	.regex(/^[a-zA-Z]{3}$/)
	.transform((raw) => raw.toLowerCase());
export const webAddress = z.url({ protocol: /^https?$/ });
/** Empty takes all away; an empty value that one. */
export const metadata = z.union([z.literal(''), z.record(z.string().max(40), z.string().max(500))]);
export const range = z.union([whole, z.strictObject({ gt: whole, gte: whole, lt: whole, lte: whole }).partial()]);
export type Range = z.output<typeof range>;

/** The parameters in their shape; what is amiss is told as Stripe tells it. Nothing unknown is ignored. */
export function read<Shape extends z.ZodType>({ parameters }: Call, shape: Shape): z.output<Shape> {
	const result = shape.safeParse(parameters);
	if (result.success) return result.data;
	const [issue] = result.error.issues;
	const path = issue?.path ?? [];
	const name = (more: PropertyKey[] = []) =>
		[...path, ...more].map((part, place) => (place === 0 ? String(part) : `[${String(part)}]`)).join('');
	if (issue?.code === 'unrecognized_keys') {
		const param = name(issue.keys.slice(0, 1));
		throw invalid(`Received unknown parameter: ${param}`, { code: 'parameter_unknown', param });
	}
	const param = name();
	if (valueAt(parameters, path) === undefined) {
		throw invalid(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
	}
	if (issue?.code === 'invalid_format' && issue.format === 'whole') {
		throw invalid(`Invalid integer: ${String(valueAt(parameters, path))}`, {
			code: 'parameter_invalid_integer',
			param
		});
	}
	throw invalid(`Invalid ${param}: ${issue?.message ?? 'not as expected'}`, { param });
}

function valueAt(value: unknown, path: PropertyKey[]): unknown {
	return path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

/** Metadata after a request, whose empty values take keys away. */
export function merged(known: Record<string, string>, asked: z.output<typeof metadata> | undefined) {
	if (asked === undefined) return known;
	if (asked === '') return {};
	return Object.fromEntries(Object.entries({ ...known, ...asked }).filter(([, value]) => value !== ''));
}

/** The object with that id. Throws resource_missing: 404 for the one in the path, 400 for one in a parameter. */
export function found<T extends Thing>({ store }: Records, kind: string, id: string, param?: string): T {
	const thing = store.find<T>(id, kind);
	if (!thing) throw missing(kind, id, param, param ? 400 : 404);
	return thing;
}
