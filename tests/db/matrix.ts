/**
 * The isolation matrix, read from the catalog: everything in our schemas × everyone × everything one can try.
 * What somebody may see follows from a row's own columns; a table whose columns do not say needs a rule below, or the
 * matrix reports it. Each function lists its findings, none is good.
 */
import type { TransactionSql } from 'postgres';
import { attempt } from './attempts.ts';
import { relations, type Relation } from './catalog.ts';
import type { Persona, World } from './world.ts';

type Row = Record<string, unknown>;

/** Rows whose user_id says whom they are about, not whose they are. */
const aboutPeople = [
	'public.memberships',
	'public.phone_number_grants',
	'public.conversation_participants',
	'api.members'
];

/** Rows of an organization that only those who run it may see. */
const forManagers = (row: Row, persona: Persona) => persona.manages.includes(String(row.organization_id));

/** What the columns of these do not say by their names. */
const rules: Record<string, (row: Row, persona: Persona, world: Map<string, Set<string>>) => boolean> = {
	'public.profiles': (row, persona, colleagues) => colleagues.get(persona.name)?.has(String(row.id)) ?? false,
	'public.audit_log': forManagers,
	'api.audit_log': forManagers,
	'public.organizations': (row, persona) => persona.organizations.includes(String(row.id)),
	'api.organizations': (row, persona) => persona.organizations.includes(String(row.id))
};

/** Whether somebody may see a row, by the columns that say whose it is. */
function maySee(relation: Relation, row: Row, persona: Persona): boolean {
	const isNumber = relation.name === 'phone_numbers';
	const number = isNumber ? row.id : row.phone_number_id;
	const conversation = relation.name === 'conversations' ? row.id : row.conversation_id;
	const followsNumber = isNumber || relation.columns.includes('phone_number_id');
	const isTeam = conversation !== undefined && (!followsNumber || number === null);
	return (
		persona.organizations.includes(String(row.organization_id)) &&
		(!followsNumber || isTeam || persona.numbers.includes(String(number))) &&
		(!isTeam || persona.teams.includes(String(conversation))) &&
		(row.user_id === undefined || aboutPeople.includes(relation.label) || row.user_id === persona.userId)
	);
}

/** Who sees rows they should not, or misses rows they should see. Tables nobody filled get a row made up. */
export async function wrongRows(tx: TransactionSql, world: World): Promise<string[]> {
	const found: string[] = [];
	const colleagues = await colleaguesOf(tx, world);
	for (const relation of await relations(tx)) {
		const rule =
			rules[relation.label] ?? (relation.columns.includes('organization_id') ? maySee.bind(null, relation) : null);
		if (relation.schema !== 'public' && relation.schema !== 'api') continue;
		if (!rule) {
			found.push(`${relation.label} has no organization_id: the matrix needs a rule for who may see a row`);
			continue;
		}
		if (relation.kind === 'table') await fill(tx, relation, world);
		const all = await tx<{ row: Row }[]>`select to_jsonb(t) as row from ${tx(relation.label)} t`;
		if (relation.kind === 'table' && all.length === 0) found.push(`${relation.label} is empty: the matrix needs a row`);

		for (const persona of world.personas) {
			const [answer] = await attempt(tx, persona, [`select * from ${relation.label}`], { rows: true });
			if (persona.role === 'anon') {
				if (answer?.refused !== '42501') found.push(`${persona.name} may select from ${relation.label}`);
				continue;
			}
			if (answer?.refused) {
				found.push(`${persona.name} cannot select from ${relation.label}: ${answer.refused}`);
				continue;
			}
			const seen = (answer?.rows ?? []) as Row[];
			const wrong = seen.filter((row) => !rule(row, persona, colleagues));
			if (wrong.length > 0) found.push(`${persona.name} sees ${wrong.length} rows of others in ${relation.label}`);
			// a view may leave rows out, a table's policy may not
			const due = all.filter(({ row }) => rule(row, persona, colleagues)).length;
			if (relation.kind === 'table' && seen.length - wrong.length < due) {
				found.push(`${persona.name} misses ${due - seen.length + wrong.length} own rows of ${relation.label}`);
			}
			if (persona === world.owner && seen.length === 0) found.push(`the owner sees nothing in ${relation.label}`);
		}
	}
	return found;
}

/** Who may write to a table or view, or look into private. */
export async function openTables(tx: TransactionSql, world: World): Promise<string[]> {
	const found: string[] = [];
	const all = await relations(tx);
	for (const persona of world.personas) {
		const statements = all.flatMap(({ label, schema, columns }) => [
			`insert into ${label} default values`,
			`update ${label} set ${JSON.stringify(columns[0])} = null`,
			`delete from ${label}`,
			`truncate ${label} cascade`,
			...(schema === 'private' || schema === 'service' ? [`select from ${label}`] : [])
		]);
		for (const { statement, refused } of await attempt(tx, persona, statements)) {
			// 42809, 55000: a view that nobody could write to whatever their rights
			if (!['42501', '42809', '55000'].includes(refused ?? ''))
				found.push(`${persona.name} can ${statement} (${refused ?? 'done'})`);
		}
	}
	return found;
}

/** Whom each persona shares an organization with, by name of persona. */
async function colleaguesOf(tx: TransactionSql, { personas }: World): Promise<Map<string, Set<string>>> {
	const map = new Map<string, Set<string>>();
	for (const { name, organizations } of personas) {
		const rows = await tx<{ user_id: string }[]>`
			select user_id from public.memberships where organization_id = any (${organizations}::uuid[])`;
		map.set(name, new Set(rows.map((row) => row.user_id)));
	}
	return map;
}

/** Makes a row of the owner's organization in a table that has none there: names and types say what goes into a column. */
async function fill(tx: TransactionSql, { label, columns }: Relation, { things }: World): Promise<void> {
	if (!columns.includes('organization_id')) return;
	const [row] = await tx`select from ${tx(label)} where organization_id = ${String(things.organization_id)} limit 1`;
	if (row) return;
	const needed = await tx<{ name: string; type: string }[]>`
		select a.attname as name, format_type(a.atttypid, a.atttypmod) as type
		from pg_attribute a
		where a.attrelid = ${label}::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attidentity = ''
			and (a.attname in ('organization_id', 'phone_number_id', 'conversation_id', 'user_id')
				or a.attnotnull and not a.atthasdef)`;
	const values = Object.fromEntries(needed.map(({ name, type }) => [name, things[name] ?? sample(type)]));
	await tx`set local session_replication_role = replica`;
	await tx`insert into ${tx(label)} ${tx(values as Record<string, string>)}`;
	await tx`set local session_replication_role = origin`;
}

function sample(type: string): unknown {
	if (type === 'uuid') return crypto.randomUUID();
	if (/^(big|small)?int|^numeric|^double/.test(type)) return 1;
	if (/^timestamp|^date/.test(type)) return new Date();
	if (/^json/.test(type)) return {};
	return type === 'boolean' ? true : 'x';
}
