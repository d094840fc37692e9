import type { CallerDatabase, Claims } from '../_shared/database-caller.ts';
import { literal } from '../_shared/database-literal.ts';
import { is, ofOrganization, only, where } from './asking.ts';

/** A row of `api.conversations`, as `/v1/conversations` answers it. */
export type ConversationRow = Readonly<{
	id: string;
	organization_id: string;
	revision: number;
	last_message_at: string;
	label_ids: readonly string[];
	[field: string]: unknown;
}>;

export type ConversationFilter = {
	phone_number_id?: string | undefined;
	contact_id?: string | undefined;
	/** E.164 */
	contact_number?: string | undefined;
	/** null: nobody's */
	assignee_id?: string | null | undefined;
	label_id?: string | undefined;
	state: 'open' | 'snoozed' | 'archived' | 'all';
	updated_since?: Date | undefined;
};

/** Where a page begins: after this one, in the order of the last text. */
export type ConversationPlace = { at: string; id: string };

const states = {
	open: 'c.archived_at is null and not c.snoozed',
	snoozed: 'c.archived_at is null and c.snoozed',
	archived: 'c.archived_at is not null',
	all: 'true'
} as const;

/** Between whom it is, which a key that sees no contacts is told as well. */
function told(rows: string, order: string): string {
	return `with page as (${rows})
		select jsonb_build_object(
			'id', p.id, 'organization_id', p.organization_id, 'phone_number_id', p.phone_number_id,
			'number', n.number_e164, 'contact_id', n.contact_id, 'contact_number', n.contact_number,
			'contact_name', p.contact_name, 'contact_blocked', p.contact_blocked, 'assignee_id', p.assignee_id,
			'label_ids', p.label_ids, 'archived_at', p.archived_at, 'snoozed_until', p.snoozed_until, 'opted_out', p.opted_out,
			'opt_out_source', p.opt_out_source, 'unread_count', p.unread_count, 'last_read_seq', p.last_read_seq,
			'last_seq', p.last_seq, 'revision', p.revision, 'last_message_at', p.last_message_at,
			'last_message_body', p.last_message_body, 'last_message_direction', p.last_message_direction,
			'last_message_status', p.last_message_status, 'created_at', p.created_at, 'updated_at', p.updated_at) as answer
		from page p
		left join lateral (select * from api.conversation_numbers(p.organization_id, array[p.id])) n on true
		order by ${order}`;
}

/** Conversations with people, the newest text first. */
export function list(
	database: CallerDatabase,
	caller: Claims,
	organizationId: string,
	filter: ConversationFilter,
	page: { place?: ConversationPlace | undefined; limit: number }
): Promise<ConversationRow[]> {
	const { state, contact_number, assignee_id, label_id, updated_since, ...same } = filter;
	const organization = literal(organizationId);
	const { place } = page;
	const rows = `select c.* from api.conversations c ${where([
		`c.organization_id = ${organization}`,
		'c.phone_number_id is not null',
		states[state],
		...Object.entries(same).map(([column, value]) => is(`c.${column}`, value)),
		contact_number !== undefined &&
			`c.id = any (array(select n.conversation_id
				from api.conversation_numbers(${organization}, recipient => ${literal(contact_number)}) n))`,
		assignee_id === null ? 'c.assignee_id is null' : is('c.assignee_id', assignee_id),
		label_id !== undefined && `c.label_ids @> array[${literal(label_id)}::uuid] and c.label_ids <> '{}'`,
		updated_since && `c.updated_at >= ${literal(updated_since.toISOString())}`,
		place && `(c.last_message_at, c.id) < (${literal(place.at)}::timestamptz, ${literal(place.id)}::uuid)`
	])} order by c.last_message_at desc, c.id desc limit ${literal(page.limit)}`;
	const statement = told(rows, 'p.last_message_at desc, p.id desc');
	return ofOrganization<ConversationRow>(database, caller, organizationId, statement);
}

export function one(database: CallerDatabase, caller: Claims, id: string): Promise<ConversationRow> {
	const rows = `select c.* from api.conversations c where c.id = ${literal(id)} and c.phone_number_id is not null`;
	return only<ConversationRow>(database, caller, told(rows, 'p.id'));
}
