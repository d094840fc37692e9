/** The isolation matrix for functions: every one of our schemas × everyone, with the owner's things as arguments. */
import type { TransactionSql } from 'postgres';
import { attempt, type Attempt } from './attempts.ts';
import type { Persona } from './cast.ts';
import { routines, type Routine } from './catalog.ts';
import { anonymousFunctions, policyHelpers } from './findings.ts';
import { keysOnly } from './keys-cast.ts';
import type { World } from './world.ts';

/** Who may execute what they should not, and whom a function tells what it should not. */
export async function openFunctions(tx: TransactionSql, world: World): Promise<string[]> {
	const found: string[] = [];
	const all = await routines(tx);
	// as if private were open: a function has to hold on its own
	await tx`grant usage on schema private, service to anon, authenticated`;
	for (const persona of world.personas) {
		const calls: { routine: Routine; allowed: boolean; statement: string }[] = [];
		for (const routine of all) {
			const allowed = isFor(persona, routine, all);
			const statement = callOf(routine, allowed ? world.things : null);
			if (statement === null) found.push(`the matrix does not know what to give to ${routine.label}`);
			else calls.push({ routine, allowed, statement });
		}
		const answers = await attempt(
			tx,
			persona,
			calls.map(({ statement }) => statement),
			{ rows: true }
		);
		calls.forEach(({ routine, allowed }, place) => {
			found.push(...(allowed ? told : opened)(answers[place]!, routine, persona, world));
		});
	}
	return found;
}

/** A function that is not for somebody: refused before anything happens. */
function opened({ refused }: Attempt, { label }: Routine, persona: Persona): string[] {
	return refused === '42501' ? [] : [`${persona.name} can execute ${label} (${refused ?? 'done'})`];
}

/** A function that is for them: it refuses with a sentence, or tells them nothing of others. */
function told({ refused, rows }: Attempt, routine: Routine, persona: Persona, world: World): string[] {
	if (refused !== null) {
		return /^PT4(0[0134]|09|22)$/.test(refused) ? [] : [`${routine.label} breaks for ${persona.name}: ${refused}`];
	}
	const text = JSON.stringify(rows);
	const found: string[] = [];
	if (world.sealed.some((secret) => text.includes(secret))) found.push(`${routine.label} tells a hash`);
	const yes =
		rows.some((row) => (row as { answer: unknown }).answer === true) && isAboutAnother(routine, persona, world);
	if (yes || persona.secrets.some((secret) => text.includes(secret))) {
		found.push(`${routine.label} tells ${persona.name} what is not theirs`);
	}
	return found;
}

/** Whether a question that can be answered with yes or no is about something this persona has no part in. */
function isAboutAnother({ parameters }: Routine, persona: Persona, { owner, things }: World): boolean {
	if (parameters.length === 0 || persona === owner) return false;
	const names = parameters.map(({ name }) => name);
	return !(names.join() === 'topic' && persona.numbers.includes(String(things.phone_number_id)));
}

/** Whether a function is meant for somebody: api, its namesakes in private, and what policies ask. */
function isFor({ role }: Persona, { schema, name, signature }: Routine, all: Routine[]): boolean {
	const isNamesake = all.some((other) => other.schema === 'api' && other.signature === signature);
	if (role === 'anon') return isNamesake && schema !== 'service' && anonymousFunctions.includes(signature);
	if (schema === 'api' && keysOnly.includes(name)) return false;
	return schema === 'api' || (schema === 'private' && (isNamesake || policyHelpers.includes(signature)));
}

/** A call with somebody's things, or with nothing at all. Null: there is an argument the world has no thing for. */
export function callOf({ schema, name, parameters }: Routine, things: World['things'] | null): string | null {
	const given: string[] = [];
	for (const parameter of parameters) {
		if (things && !(parameter.name in things)) return null;
		const value = things ? `'${String(things[parameter.name]).replaceAll("'", "''")}'` : 'null';
		given.push(`${value}::${parameter.type}`);
	}
	return `select ${schema}.${name}(${given.join(', ')}) as answer`;
}
