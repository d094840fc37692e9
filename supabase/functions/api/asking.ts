import { Failure } from '../_shared/core/failures.ts';
import type { CallerDatabase, Claims } from '../_shared/database-caller.ts';
import { call, literal } from '../_shared/database-literal.ts';
import { requireAlive, requireOrganization } from './caller.ts';

type Arguments = Parameters<typeof call>[1];

/** The values of a statement's column `answer`, read in the caller's name. */
export async function answers<Answer>(database: CallerDatabase, caller: Claims, statement: string): Promise<Answer[]> {
	const rows = await database.rows<{ answer: Answer }>(caller, statement);
	return rows.map(({ answer }) => answer);
}

/**
 * An organization's rows. Refuses with `not_found` where it is not the caller's, and with why there is nothing where that is
 * it.
 */
export async function ofOrganization<Answer>(
	database: CallerDatabase,
	caller: Claims,
	organizationId: string,
	statement: string
): Promise<Answer[]> {
	const found = await answers<Answer>(database, caller, statement);
	if (found.length > 0) return found;
	await requireOrganization(database, caller, organizationId);
	return found;
}

/** The one row of a statement. Refuses with `not_found`, or with why the caller sees nothing at all. */
export async function only<Answer>(database: CallerDatabase, caller: Claims, statement: string): Promise<Answer> {
	const [found] = await answers<Answer>(database, caller, statement);
	if (found !== undefined) return found;
	await requireAlive(database, caller);
	throw new Failure('not_found');
}

/** What a verb of `api` answers; raises what it refuses with. */
export async function verb<Answer>(
	database: CallerDatabase,
	caller: Claims,
	name: string,
	args: Arguments
): Promise<Answer> {
	const found = await answers<Answer>(database, caller, `select to_jsonb(${call(name, args, 'api')}) as answer`);
	if (found.length === 0) throw new Failure('internal', undefined, { cause: `api.${name} answered nothing` });
	return found[0] as Answer;
}

/** Verbs of `api` that answer nothing: all are done, or none. */
export async function deeds(
	database: CallerDatabase,
	caller: Claims,
	...wanted: readonly (readonly [name: string, args: Arguments])[]
): Promise<void> {
	await database.together(
		wanted.map(([name, args]) => ({ claims: caller, statement: `select ${call(name, args, 'api')}` }))
	);
}

/** A list of ids as a verb takes it. */
export const idList = (ids: readonly string[]): string => `{${ids.join(',')}}`;

/** The conditions of a statement: those that were asked for, none where nothing was. */
export function where(conditions: readonly (string | false | null | undefined)[]): string {
	return `where ${conditions.filter(Boolean).join(' and ') || 'true'}`;
}

/** `column = value`, where a value was asked for. */
export function is(column: string, value: string | number | boolean | undefined): string | undefined {
	return value === undefined ? undefined : `${column} = ${literal(value)}`;
}

/** Ids begin with their time: the smallest one of a moment. */
export function firstIdAt(moment: Date): string {
	const hex = Math.max(0, moment.getTime()).toString(16).padStart(12, '0');
	return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
