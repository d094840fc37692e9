import type { CallerDatabase, Claims } from '../_shared/database-caller.ts';
import { literal } from '../_shared/database-literal.ts';
import { is, ofOrganization, only, where } from './asking.ts';

/** A row of `api.contacts`, as `/v1/contacts` answers it. */
export type ContactRow = Readonly<{
	id: string;
	organization_id: string;
	name: string | null;
	notes: string | null;
	[field: string]: unknown;
}>;

export type ContactFilter = {
	/** E.164 */
	phone_number?: string | undefined;
	/** part of a name, or of a number's digits */
	query?: string | undefined;
	blocked?: boolean | undefined;
	updated_since?: Date | undefined;
};

const told = `select to_jsonb(t) - 'sort_name' as answer from api.contacts t`;

/** Contacts, the newest first. */
export function list(
	database: CallerDatabase,
	caller: Claims,
	organizationId: string,
	{ phone_number, query, blocked, updated_since }: ContactFilter,
	page: { cursor?: string | undefined; limit: number }
): Promise<ContactRow[]> {
	const statement = `${told} ${where([
		is('t.organization_id', organizationId),
		is('t.phone_number', phone_number),
		query !== undefined && matches(query),
		blocked !== undefined && `t.blocked_at is ${blocked ? 'not null' : 'null'}`,
		updated_since && `t.updated_at >= ${literal(updated_since.toISOString())}`,
		page.cursor !== undefined && `t.id < ${literal(page.cursor)}`
	])} order by t.id desc limit ${literal(page.limit)}`;
	return ofOrganization<ContactRow>(database, caller, organizationId, statement);
}

function matches(query: string): string {
	// as the database folds names to compare them; signs of a pattern stand for themselves
	const folded = query
		.normalize('NFKD')
		.replace(/[\u0300-\u036f]/g, '')
		.toLowerCase();
	const digits = query.replace(/\D/g, '');
	const number = digits.length >= 3 ? ` or t.phone_number like ${literal(`%${digits}%`)}` : '';
	return `(t.sort_name like ${literal(`%${folded.replace(/[\\%_]/g, '\\$&')}%`)} and t.name is not null${number})`;
}

export function one(database: CallerDatabase, caller: Claims, id: string): Promise<ContactRow> {
	return only<ContactRow>(database, caller, `${told} where t.id = ${literal(id)}`);
}
