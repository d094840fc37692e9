/** A row for a table that nobody filled: so that a new table is looked at without anyone having to remember it. */
import type { TransactionSql } from 'postgres';
import type { Relation } from './catalog.ts';

type Column = { name: string; type: string; labels: string[] };

/**
 * Makes a row of the owner's organization where there is none: names and types say what goes into a column. What the table
 * checks does not matter to who may see the row, so a check that the made-up row does not pass is dropped: nothing of this
 * is ever committed.
 */
export async function fill(tx: TransactionSql, { label, columns }: Relation, things: Record<string, unknown>) {
	if (!columns.includes('organization_id')) return;
	const [row] = await tx`select from ${tx(label)} where organization_id = ${String(things.organization_id)} limit 1`;
	if (row) return;
	const needed = await tx<Column[]>`
		select a.attname as name, format_type(a.atttypid, null) as type,
			array(select e.enumlabel::text from pg_enum e where e.enumtypid = a.atttypid order by e.enumsortorder) as labels
		from pg_attribute a
		where a.attrelid = ${label}::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' and a.attidentity = ''
			and (a.attname in ('organization_id', 'phone_number_id', 'conversation_id', 'user_id')
				or a.attnotnull and not a.atthasdef)`;
	const names = needed.map(({ name }) => name);
	const values = needed.map((column) => String(things[column.name] ?? sample(column)));
	const statement = `insert into ${label} (${names.map((name) => JSON.stringify(name)).join(', ')})
		values (${needed.map(({ type }, place) => `$${place + 1}::text::${type}`).join(', ')})`;

	// triggers and foreign keys rest
	await tx`set local session_replication_role = replica`;
	for (;;) {
		const broken = await tx.savepoint((point) => point.unsafe(statement, values)).then(() => null, checkOf);
		if (broken === null) break;
		await tx`alter table ${tx(label)} drop constraint ${tx(broken)}`;
	}
	await tx`set local session_replication_role = origin`;
}

/** The name of the check that refused a row; anything else that went wrong goes on. */
function checkOf(error: unknown): string {
	const refusal = error as { code?: string; constraint_name?: string };
	if (refusal.code !== '23514' || refusal.constraint_name === undefined) throw error;
	return refusal.constraint_name;
}

function sample({ type, labels }: Column): string {
	if (labels[0] !== undefined) return labels[0];
	if (type.endsWith('[]')) return '{}';
	if (type === 'uuid') return crypto.randomUUID();
	if (/^(big|small)?int|^numeric|^double|^real/.test(type)) return '1';
	if (/^timestamp|^date/.test(type)) return new Date().toISOString();
	if (/^json/.test(type)) return '{}';
	if (type === 'inet' || type === 'cidr') return '127.0.0.1';
	if (type === 'interval') return '1 second';
	return type === 'boolean' ? 'true' : 'x';
}
