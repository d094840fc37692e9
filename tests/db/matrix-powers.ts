/** The isolation matrix for what people are: whether anybody becomes more than they were by a verb, called for themselves. */
import type { TransactionSql } from 'postgres';
import { attempt } from './attempts.ts';
import type { Persona } from './cast.ts';
import { routines, type Routine } from './catalog.ts';
import { callOf } from './matrix-functions.ts';
import type { World } from './world.ts';

/** What somebody is in the organizations of this world, and which restricted numbers are open to them by name. */
type Powers = { roles: Record<string, string>; grants: string[] };

const ranks = ['viewer', 'member', 'admin', 'owner'];

/** Who raises themselves, gets in, or opens a number to themselves; each by the verb that let them. */
export async function risenPowers(tx: TransactionSql, world: World): Promise<string[]> {
	const found: string[] = [];
	const verbs = (await routines(tx)).filter(({ schema }) => schema === 'api');
	const places = [world.things.organization_id, world.heldThings.organization_id].map((id) => `'${String(id)}'`).join();
	for (const persona of world.personas.filter(({ userId }) => userId !== null)) {
		const id = persona.userId!;
		const look = `select jsonb_build_object(
			'roles', coalesce((select jsonb_object_agg(organization_id, role) from public.memberships
				where user_id = '${id}' and organization_id in (${places})), '{}'),
			'grants', coalesce((select jsonb_agg(phone_number_id) from public.phone_number_grants
				where user_id = '${id}' and organization_id in (${places})), '[]'))`;
		const tries = verbs.flatMap((routine) =>
			callsFor(routine, persona, world).map((statement) => ({ routine, statement }))
		);
		const before = await attempt(tx, persona, [{ statement: 'select 1', look }]);
		const answers = await attempt(
			tx,
			persona,
			tries.map(({ statement }) => ({ statement, look }))
		);
		const had = before[0]!.seen as Powers;
		const by = new Set(answers.flatMap(({ seen }, place) => (isMore(seen as Powers, had, persona) ? [place] : [])));
		for (const label of new Set([...by].map((place) => tries[place]!.routine.label))) {
			// the one way up: what the owner offered
			if (persona.part.offered && label.startsWith('api.accept_ownership(')) continue;
			found.push(`${persona.name} becomes more by ${label}`);
		}
	}
	return found;
}

/** Calls with the organization's things, but about the caller, in every role there is. */
function callsFor(routine: Routine, { userId }: Persona, { things, heldThings }: World): string[] {
	const about = { user_id: userId, hand_over_to: userId, user_ids: `{${userId}}` };
	const asks = routine.parameters.some(({ name }) => name === 'role') ? ranks : ['viewer'];
	const calls = [things, { ...things, ...heldThings }].flatMap((place) =>
		asks.map((role) => callOf(routine, { ...place, ...about, role }))
	);
	return [...new Set(calls.filter((call) => call !== null))];
}

function isMore(now: Powers, had: Powers, persona: Persona): boolean {
	const higher = Object.entries(now.roles).some(
		([place, role]) => ranks.indexOf(role) > ranks.indexOf(had.roles[place] ?? '')
	);
	// whoever runs an organization sees all its numbers anyway
	return higher || (persona.manages.length < 2 && now.grants.length > had.grants.length);
}
