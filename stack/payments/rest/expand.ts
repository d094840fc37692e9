/** `expand[]`: ids in an answer become the objects they name. https://docs.stripe.com/api/expanding_objects */
import type { Store } from '../store.ts';
import { invalid } from './errors.ts';
import type { Nested, Parameters } from './form.ts';

type Body = Record<string, unknown>;

/** What is only shown when asked for, by the kind of object. */
export type Extras = Record<string, Record<string, (body: Body) => unknown>>;

/** Takes the paths out of the parameters. */
export function takePaths(parameters: Parameters): string[] {
	const asked: Nested = parameters.expand ?? [];
	delete parameters.expand;
	if (!Array.isArray(asked) || asked.some((path) => typeof path !== 'string'))
		throw invalid('Invalid array', { param: 'expand' });
	return asked as string[];
}

export function expand(store: Store, body: object, paths: readonly string[], extras: Extras): object {
	const copy = structuredClone(body) as Body;
	for (const path of paths) {
		const steps = path.split('.');
		const most = copy.object === 'list' ? 5 : 4;
		if (steps.length > most) throw invalid('You cannot expand more than 4 levels of a property.', { param: 'expand' });
		follow(copy, steps, path);
	}
	return copy;

	function follow(holder: Body, [step = '', ...rest]: string[], path: string): void {
		const extra = extras[String(holder.object)]?.[step];
		if (extra && holder[step] === undefined) holder[step] = extra(holder);
		const value = holder[step];
		if (value === null) return;
		if (Array.isArray(value)) {
			for (const each of value as Body[]) follow(each, rest, path);
			return;
		}
		const known = typeof value === 'string' && value !== holder.id ? store.find(value) : undefined;
		if (known) holder[step] = structuredClone(known);
		const there = holder[step];
		if (typeof there !== 'object' || there === null) {
			throw invalid(`This property cannot be expanded (${path}).`, { param: 'expand' });
		}
		if (rest.length > 0) follow(there as Body, rest, path);
	}
}
