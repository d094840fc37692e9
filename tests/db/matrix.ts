/**
 * The isolation matrix, read from the catalog: everything in our schemas × everyone × everything one can try.
 * What somebody may see follows from a row's own columns; a table whose columns do not say needs a rule below, or the
 * matrix reports it. Each function lists its findings, none is good.
 */
import type { TransactionSql } from 'postgres';
import { attempt } from './attempts.ts';
import type { Persona } from './cast.ts';
import { relations, type Relation } from './catalog.ts';
import { fill } from './fill.ts';
import type { World } from './world.ts';

type Row = Record<string, unknown>;

/** Whether somebody may see a row. `colleagues`: by name of persona, whom they share an organization with. */
type Rule = (row: Row, persona: Persona, colleagues: Map<string, Set<string>>) => boolean;

/** Rows whose user_id says whom they are about, not whose they are. */
const aboutPeople = [
	'public.memberships',
	'public.phone_number_grants',
	'api.phone_number_grants',
	'public.conversation_participants',
	'api.conversation_participants',
	'api.members',
	'public.draft_marks',
	'api.draft_marks'
];

/** Rows of an organization that only those who run it may see. */
const forManagers = (row: Row, persona: Persona) => persona.manages.includes(String(row.organization_id));

/** One's own, whatever became of one's access to the number. */
const forOneself = (row: Row, persona: Persona) =>
	row.user_id === persona.userId && persona.organizations.includes(String(row.organization_id));

/** Rows of whoever put something up, while their session lives. */
const forUploader = (row: Row, persona: Persona) => persona.organizations.length > 0 && row.user_id === persona.userId;

/** An offer of ownership: between the two of them, while both belong here. */
const forTheTwo = (row: Row, persona: Persona) =>
	[row.offered_by, row.offered_to].includes(persona.userId) &&
	persona.organizations.includes(String(row.organization_id));

/** What the columns of these do not say by their names. */
const rules: Record<string, Rule> = {
	'public.profiles': (row, persona, colleagues) => colleagues.get(persona.name)?.has(String(row.id)) ?? false,
	'public.uploads': forUploader,
	'api.uploads': forUploader,
	'public.ownership_offers': forTheTwo,
	'api.ownership_offers': forTheTwo,
	'public.invitations': forManagers,
	'api.invitations': forManagers,
	'public.audit_log': forManagers,
	'api.audit_log': forManagers,
	'public.ledger_accounts': forManagers,
	'public.ledger_transfers': forManagers,
	'public.ledger_entries': forManagers,
	'public.ledger_holds': forManagers,
	'api.wallets': forManagers,
	'api.ledger_entries': forManagers,
	'api.ledger_holds': forManagers,
	'public.subscription_checkouts': forManagers,
	'public.invoices': forManagers,
	'api.invoices': forManagers,
	'public.auto_top_ups': forManagers,
	'api.auto_top_ups': forManagers,
	'public.top_ups': forManagers,
	'api.top_ups': forManagers,
	'public.subscriptions': forManagers,
	'api.subscriptions': forManagers,
	'public.billing_customers': forManagers,
	'api.billing_customers': forManagers,
	'public.text_charges': forManagers,
	'public.segment_allowances': forManagers,
	'public.limit_warnings': forManagers,
	'api.limit_warnings': forManagers,
	'api.text_charges': forManagers,
	'api.debts': forManagers,
	'api.segment_allowances': forManagers,
	'public.number_orders': forManagers,
	'api.number_orders': forManagers,
	'public.api_keys': forManagers,
	'api.api_keys': forManagers,
	'public.api_key_refusals': forManagers,
	'api.api_key_refusals': forManagers,
	'public.webhook_endpoints': forManagers,
	'api.webhook_endpoints': forManagers,
	'public.webhook_deliveries': forManagers,
	'api.webhook_deliveries': forManagers,
	'public.webhook_attempts': forManagers,
	'api.webhook_attempts': forManagers,
	'public.code_rules': forManagers,
	'api.code_rules': forManagers,
	'public.organizations': (row, persona) => persona.organizations.includes(String(row.id)),
	'api.organizations': (row, persona) => persona.organizations.includes(String(row.id)),
	'public.conversation_reads': forOneself,
	'public.conversation_followers': forOneself,
	'api.conversation_followers': forOneself,
	// the same for everybody who belongs anywhere
	'public.prices': (_, persona) => persona.organizations.length > 0,
	'api.prices': (_, persona) => persona.organizations.length > 0,
	'public.plans': (_, persona) => persona.organizations.length > 0,
	'api.plans': (_, persona) => persona.organizations.length > 0,
	'public.number_prices': (_, persona) => persona.organizations.length > 0,
	'api.number_prices': (_, persona) => persona.organizations.length > 0,
	'public.services': (_, persona) => persona.organizations.length > 0,
	'api.services': (_, persona) => persona.organizations.length > 0,
	'public.drafts': forOneself,
	'api.drafts': forOneself
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
	const organizations = [...new Set(world.personas.flatMap((persona) => persona.organizations))];
	const readable: { relation: Relation; rule: Rule; all: Row[] }[] = [];
	for (const relation of await relations(tx)) {
		if (relation.schema !== 'public' && relation.schema !== 'api') continue;
		const isOurs = relation.columns.includes('organization_id');
		const rule: Rule | null = rules[relation.label] ?? (isOurs ? maySee.bind(null, relation) : null);
		if (!rule) {
			found.push(`${relation.label} has no organization_id: the matrix needs a rule for who may see a row`);
			continue;
		}
		if (relation.kind === 'table') await fill(tx, relation, world.things);
		const all = await tx<{ row: Row }[]>`
			select to_jsonb(t) as row from ${tx(relation.label)} t
			${isOurs ? tx`where t.organization_id = any (${organizations}::uuid[])` : tx``}`;
		if (relation.kind === 'table' && all.length === 0) found.push(`${relation.label} is empty: the matrix needs a row`);
		readable.push({ relation, rule, all: all.map(({ row }) => row) });
	}

	for (const persona of world.personas) {
		const selects = readable.map(({ relation }) => `select * from ${relation.label}`);
		const answers = await attempt(tx, persona, selects, { rows: true });
		readable.forEach(({ relation, rule, all }, place) => {
			const { refused, rows } = answers[place]!;
			const { label } = relation;
			if (persona.role === 'anon') {
				if (refused !== '42501') found.push(`${persona.name} may select from ${label}`);
				return;
			}
			if (refused !== null) {
				found.push(`${persona.name} cannot select from ${label}: ${refused}`);
				return;
			}
			const seen = rows as Row[];
			const text = JSON.stringify(seen);
			if (world.sealed.some((secret) => text.includes(secret))) found.push(`${persona.name} reads a hash in ${label}`);
			const wrong = seen.filter((row) => !rule(row, persona, colleagues));
			if (wrong.length > 0) found.push(`${persona.name} sees ${wrong.length} rows of others in ${label}`);
			// a view may leave rows out, a table's policy may not
			const due = all.filter((row) => rule(row, persona, colleagues)).length;
			if (relation.kind === 'table' && seen.length - wrong.length < due) {
				found.push(`${persona.name} misses ${due - seen.length + wrong.length} own rows of ${label}`);
			}
			if (persona === world.owner && seen.length === 0) found.push(`the owner sees nothing in ${label}`);
		});
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
