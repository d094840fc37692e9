/** Verb × role, from the table in verbs.ts and core's table of capabilities. Each function lists its findings, none is good. */
import type { TransactionSql } from 'postgres';
import { can } from '#core/capabilities.ts';
import { attempt, type Attempt } from './attempts.ts';
import { belongs, isHere, type Persona } from './cast.ts';
import { routines } from './catalog.ts';
import { keysOnly } from './keys-cast.ts';
import type { Verb } from './verb.ts';
import { verbs } from './verbs.ts';
import type { World } from './world.ts';

/** Verbs of the contract without an entry in the table, and entries without a verb. */
export async function unlistedVerbs(tx: TransactionSql): Promise<string[]> {
	const doors = (await routines(tx)).filter(({ schema, name }) => schema === 'api' && !keysOnly.includes(name));
	const names = new Set(doors.map(({ name }) => name));
	return [
		...doors.filter(({ name }) => !Object.hasOwn(verbs, name)).map(({ label }) => `${label} has no entry in verbs.ts`),
		...Object.keys(verbs)
			.filter((name) => !names.has(name))
			.map((name) => `verbs.ts has ${name}, the database has not`)
	];
}

/** Who may what they should not, or may not what they should; and who is refused for another reason than theirs. */
export async function wrongRoles(tx: TransactionSql, world: World): Promise<string[]> {
	return judge(tx, world, (name, verb, persona, { refused, said, seen }) => {
		const due = refusalFor(verb, persona, world);
		const got = refused === null ? null : refused.startsWith('PT') ? said : refused;
		if (got !== due) {
			if (got === null) return `${persona.name} may ${name}, and should hear ${due}`;
			return due === null
				? `${persona.name} may not ${name}: ${got} (${said})`
				: `${persona.name} hears ${got} of ${name}, not ${due}`;
		}
		const lines = (seen as string[]).join();
		const isIn = belongs(persona.part) && persona.part.place === 'ours';
		const written = isIn ? (verb.writesOfColleagues ?? verb.writes) : verb.writes;
		const wanted = due === null ? (written ?? '') : '';
		return lines === wanted ? null : `${name} by ${persona.name} leaves "${lines}" in the book, not "${wanted}"`;
	});
}

/** Sensitive verbs that do not ask for the password once more, and others that do. */
export async function staleVerbs(tx: TransactionSql, world: World): Promise<string[]> {
	await tx`update private.session_details set password_entered_at = now() - interval '15 minutes 1 second'`;
	return judge(tx, world, (name, verb, persona, { said, seen }) => {
		if (refusalFor(verb, persona, world) !== null) return null;
		const asks = said === 'fresh_session_required';
		if (asks !== (verb.fresh ?? false)) {
			return asks
				? `${name} asks ${persona.name} for a password`
				: `${name} asks ${persona.name} for no password (${said ?? 'done'})`;
		}
		return asks && (seen as string[]).length > 0 ? `${name} was refused and left a line in the book` : null;
	});
}

type Judge = (name: string, verb: Verb, persona: Persona, attempt: Attempt) => string | null;

/** Has everybody try everything, each time as if it were the first. */
async function judge(tx: TransactionSql, world: World, say: Judge): Promise<string[]> {
	// ids follow time: the book of all tests is long, what this transaction wrote stands at its end
	const isOfNow = 'id >= private.first_id_at(now())';
	await tx.unsafe(`create table attempts.known_lines as select id from public.audit_log where ${isOfNow}`);
	const look = `select coalesce(jsonb_agg(verb order by id), '[]') from public.audit_log
		where ${isOfNow} and id not in (select id from attempts.known_lines)`;
	const found: string[] = [];
	for (const persona of world.personas) {
		const answers = await attempt(
			tx,
			persona,
			Object.entries(verbs).map(([name, verb]) => {
				const things = thingsFor(verb, persona, world);
				const given = verb.given?.(things, persona);
				return { statement: `select api.${name}(${verb.call(things, persona)})`, look, ...(given && { given }) };
			})
		);
		Object.entries(verbs).forEach(([name, verb], place) => {
			const finding = say(name, verb, persona, answers[place]!);
			if (finding !== null) found.push(finding);
		});
	}
	return found;
}

const isOfOrganization = ({ who }: Verb) => who !== 'somebody' && who !== 'visitors';

/** Everybody tries it on the one organization; those of the suspended one on their own. */
export function thingsFor(verb: Verb, { part }: Persona, { things, heldThings }: World): World['things'] {
	return isOfOrganization(verb) && part.place === 'held' ? { ...things, ...heldThings } : things;
}

/** The slug of the refusal that is due, or the SQLSTATE where nobody says anything; null: it is done. */
export function refusalFor(
	{ who, onNumber, inTeam, silent }: Verb,
	persona: Persona,
	{ things }: World
): string | null {
	const { part } = persona;
	if (who === 'visitors') return null;
	if (persona.role === 'anon') return '42501';
	if (!isHere(part)) {
		if (silent) return null;
		return part.fate === 'was suspended' ? 'suspended' : 'session_ended';
	}
	if (who === 'somebody') return null;
	if (onNumber && !persona.numbers.includes(String(things.phone_number_id))) return 'not_found';
	if (inTeam && !persona.teams.includes(String(things.team_id))) return 'not_found';
	if (part.place === 'held') return 'organization_suspended';
	if (!persona.organizations.includes(String(things.organization_id)) || !part.role) return 'not_found';
	if (who === 'offered') return part.offered ? null : 'offer_gone';
	return can(part.role, who) ? null : 'not_allowed';
}
