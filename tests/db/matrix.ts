/**
 * The isolation matrix, read from the catalog: everything in our schemas × everyone × everything one can try.
 * What somebody may see follows from a row's own columns; a table whose columns do not say needs a rule below, or the
 * matrix reports it. Each function lists its findings, none is good.
 */
import type { TransactionSql } from 'postgres';
import { attempt } from './attempts.ts';
import { relations, routines, type Relation, type Routine } from './catalog.ts';
import { anonymousFunctions, policyHelpers } from './findings.ts';
import type { Persona, World } from './world.ts';

type Row = Record<string, unknown>;

/** Rows whose user_id says whom they are about, not whose they are. */
const aboutPeople = [
	'public.memberships',
	'public.phone_number_grants',
	'public.conversation_participants',
	'api.members'
];

/** What the columns of these do not say by their names. */
const rules: Record<string, (row: Row, persona: Persona, world: Map<string, Set<string>>) => boolean> = {
	'public.profiles': (row, persona, colleagues) => colleagues.get(persona.name)?.has(String(row.id)) ?? false,
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

/** Who hears, or speaks on, a topic that is not theirs; the same for files. */
export async function openTopics(tx: TransactionSql, world: World): Promise<string[]> {
	const found: string[] = [];
	const { organization_id, phone_number_id, conversation_id, user_id } = world.things;
	const topics = [
		`number:${phone_number_id}`,
		`conversation:${conversation_id}`,
		`organization:${organization_id}`,
		`user:${user_id}`
	];
	for (const topic of topics) {
		const settings = { 'realtime.topic': topic };
		for (const extension of ['broadcast', 'presence']) {
			await tx`insert into realtime.messages (topic, extension) values (${topic}, ${extension})`;
		}
		for (const persona of world.personas) {
			const mine = persona === world.owner;
			const isMember = persona.organizations.includes(String(organization_id));
			const mayRead = mine || (isMember && topic.startsWith('organization:'));
			const mayWrite = mine && /^(number|conversation):/.test(topic);
			const quoted = topic.replaceAll("'", "''");
			const [heard] = await attempt(tx, persona, [`select id from realtime.messages where topic = '${quoted}'`], {
				rows: true,
				settings
			});
			const hears = (heard?.rows.length ?? 0) > 0;
			if (hears !== mayRead) found.push(`${persona.name} ${hears ? 'hears' : 'cannot hear'} ${topic}`);
			const spoken = await attempt(
				tx,
				persona,
				['broadcast', 'presence'].map(
					(extension) => `insert into realtime.messages (topic, extension) values ('${quoted}', '${extension}')`
				),
				{ settings }
			);
			const speaks = spoken.some(({ refused }) => refused === null);
			if (speaks !== mayWrite) found.push(`${persona.name} ${speaks ? 'speaks' : 'cannot speak'} on ${topic}`);
		}
	}
	return [...found, ...(await openFiles(tx, world))];
}

/** Files live under their organization's id; where there is no storage yet, there is nothing to see. */
async function openFiles(tx: TransactionSql, world: World): Promise<string[]> {
	const [{ storage } = { storage: null }] = await tx`select to_regclass('storage.objects') as storage`;
	if (storage === null) return [];
	const name = `${world.things.organization_id}/secret.png`;
	await tx`insert into storage.objects (bucket_id, name) select id, ${name} from storage.buckets`;
	const found: string[] = [];
	for (const persona of world.personas) {
		if (persona === world.owner) continue;
		const [seen] = await attempt(tx, persona, [`select name from storage.objects where name = '${name}'`], {
			rows: true
		});
		if ((seen?.rows.length ?? 0) > 0) found.push(`${persona.name} sees files of others`);
		const [changed] = await attempt(tx, persona, [
			`with gone as (delete from storage.objects where name = '${name}' returning name) select * from gone`
		]);
		if (changed?.refused === null && (seen?.rows.length ?? 0) > 0)
			found.push(`${persona.name} can delete files of others`);
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
	const says = parameters.length > 0 && rows.some((row) => (row as Row).answer === true);
	return says || persona.secrets.some((secret) => text.includes(secret));
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
