/** The isolation matrix for functions: every one of our schemas × everyone, with the owner's things as arguments. */
import type { TransactionSql } from 'postgres';
import { attempt } from './attempts.ts';
import { routines, type Routine } from './catalog.ts';
import { anonymousFunctions, policyHelpers } from './findings.ts';
import type { Persona, World } from './world.ts';

/** Who may execute what they should not, and whom a function tells what it should not. */
export async function openFunctions(tx: TransactionSql, world: World): Promise<string[]> {
	const found: string[] = [];
	const all = await routines(tx);
	// as if private were open: a function has to hold on its own
	await tx`grant usage on schema private, service to anon, authenticated`;
	for (const persona of world.personas) {
		for (const routine of all) {
			const allowed = isFor(persona, routine, all);
			const call = callOf(routine, allowed ? world.things : null);
			if (call === null) {
				found.push(`the matrix does not know what to give to ${routine.label}`);
				continue;
			}
			const [answer] = await attempt(tx, persona, [call], { rows: true });
			const refused = answer?.refused ?? null;
			if (!allowed) {
				if (refused !== '42501') found.push(`${persona.name} can execute ${routine.label} (${refused ?? 'done'})`);
			} else if (refused !== null) {
				if (!/^PT4(0[0134]|09|22)$/.test(refused))
					found.push(`${routine.label} breaks for ${persona.name}: ${refused}`);
			} else if (persona !== world.owner && tells(answer?.rows ?? [], routine, persona)) {
				found.push(`${routine.label} tells ${persona.name} what is not theirs`);
			}
		}
	}
	return found;
}

/** Whether a function is meant for somebody: api, its namesakes in private, and what policies ask. */
function isFor({ role }: Persona, { schema, signature }: Routine, all: Routine[]): boolean {
	const isNamesake = all.some((other) => other.schema === 'api' && other.signature === signature);
	if (role === 'anon') return isNamesake && schema !== 'service' && anonymousFunctions.includes(signature);
	return schema === 'api' || (schema === 'private' && (isNamesake || policyHelpers.includes(signature)));
}

/** A call with the owner's things, or with nothing at all. Null: there is an argument the world has no thing for. */
function callOf({ schema, name, parameters }: Routine, things: World['things'] | null): string | null {
	const given: string[] = [];
	for (const parameter of parameters) {
		if (things && !(parameter.name in things)) return null;
		const value = things ? `'${String(things[parameter.name]).replaceAll("'", "''")}'` : 'null';
		given.push(`${value}::${parameter.type}`);
	}
	return `select ${schema}.${name}(${given.join(', ')}) as answer`;
}

/** Whether an answer holds a secret, or says yes to a question about what is another's. */
function tells(rows: unknown[], { parameters }: Routine, persona: Persona): boolean {
	const text = JSON.stringify(rows);
	const says = parameters.length > 0 && rows.some((row) => (row as { answer: unknown }).answer === true);
	return says || persona.secrets.some((secret) => text.includes(secret));
}
