import type { CallerDatabase, Claims } from '../_shared/database-caller.ts';
import { literal } from '../_shared/database-literal.ts';
import { filesOf } from './attachment-rows.ts';
import { firstIdAt, is, ofOrganization, only, answers, where } from './asking.ts';

/** A row of `api.messages` and between whom it was, as `/v1/messages` answers it. */
export type MessageRow = Readonly<{ id: string; organization_id: string; revision: number; [field: string]: unknown }>;
/** A row of `api.scheduled_messages`, the same. */
export type ScheduledRow = Readonly<{
	id: string;
	organization_id: string;
	updated_at: string;
	[field: string]: unknown;
}>;

export type MessageFilter = {
	conversation_id?: string | undefined;
	phone_number_id?: string | undefined;
	/** E.164 */
	contact_number?: string | undefined;
	direction?: string | undefined;
	status?: string | undefined;
	origin?: string | undefined;
	api_key_id?: string | undefined;
	created_since?: Date | undefined;
	created_until?: Date | undefined;
};

/** What the document of the API says that there is; the rest of a row is the pages'. */
const fields = [
	...[
		'id',
		'organization_id',
		'conversation_id',
		'phone_number_id',
		'seq',
		'revision',
		'direction',
		'origin',
		'status'
	],
	...['body', 'has_code', 'code_masked', 'body_removed_at', 'attachment_count', 'segments', 'author_id', 'api_key_id'],
	...['error_code', 'created_at', 'held_until', 'sent_at', 'delivered_at', 'failed_at'],
	// of one that was just sent
	'expected_delay_seconds'
];
const scheduledFields = [
	...['id', 'organization_id', 'conversation_id', 'phone_number_id', 'body', 'send_at', 'time_zone', 'cancel_on_reply'],
	...['status', 'reason', 'message_id', 'attachment_ids', 'author_id', 'api_key_id', 'created_at', 'updated_at']
];

/** What is kept of a row, how its files name it, and whether it has any. */
const kinds = {
	message: { kept: fields, column: 'message_id', hasFiles: "(p.row ->> 'attachment_count')::integer > 0" },
	scheduled: { kept: scheduledFields, column: 'scheduled_id', hasFiles: "p.row ->> 'attachment_ids' <> '[]'" }
} as const;
type Kind = keyof typeof kinds;

/**
 * The rows of a statement as JSON, in an order, with their files and with `from` and `to`: whoever reads or sends texts knows
 * between whom they are. `filesApart`: a verb's own statement does not see what the verb has done.
 */
function told(rows: string, kind: Kind, order: string, between: Between = null, filesApart = false): string {
	const { kept, column, hasFiles } = kinds[kind];
	const files = filesApart
		? "'[]'"
		: `case when ${hasFiles} then ${filesOf(column, "(p.row ->> 'id')::uuid")} else '[]' end`;
	const isTheirs = "p.row ->> 'direction' = 'inbound'";
	const parties = between
		? `(select ${between.from} as number_e164, ${between.to} as contact_number)`
		: `(select n.number_e164, n.contact_number from api.conversation_numbers(
				(p.row ->> 'organization_id')::uuid, array[(p.row ->> 'conversation_id')::uuid]) n)`;
	return `with page as (${rows})
		select (select jsonb_object_agg(f.key, f.value) from jsonb_each(p.row) f where f.key = any (${literal(kept)}))
			|| jsonb_build_object(
				'from', case when ${isTheirs} then n.contact_number else n.number_e164 end,
				'to', case when ${isTheirs} then n.number_e164 else n.contact_number end,
				'attachments', ${files}::jsonb) as answer
		from page p
		left join lateral ${parties} n on true
		order by ${order}`;
}

/** Texts, newest first. */
export function list(
	database: CallerDatabase,
	caller: Claims,
	organizationId: string,
	filter: MessageFilter,
	page: { cursor?: string | undefined; limit: number }
): Promise<MessageRow[]> {
	const { contact_number, created_since, created_until, ...same } = filter;
	const organization = literal(organizationId);
	const rows = `select to_jsonb(m) as row from api.messages m ${where([
		`m.organization_id = ${organization}`,
		// what a team writes among itself is no text
		'm.phone_number_id is not null',
		...Object.entries(same).map(([column, value]) => is(`m.${column}`, value)),
		contact_number !== undefined &&
			`m.conversation_id = any (array(select n.conversation_id
				from api.conversation_numbers(${organization}, recipient => ${literal(contact_number)}) n))`,
		created_since && `m.id >= ${literal(firstIdAt(aside(created_since, -1)))}`,
		created_since && `m.created_at >= ${literal(created_since.toISOString())}`,
		created_until && `m.id < ${literal(firstIdAt(aside(created_until, 1)))}`,
		created_until && `m.created_at < ${literal(created_until.toISOString())}`,
		page.cursor !== undefined && `m.id < ${literal(page.cursor)}`
	])} order by m.id desc limit ${literal(page.limit)}`;
	return ofOrganization<MessageRow>(database, caller, organizationId, told(rows, 'message', "p.row ->> 'id' desc"));
}

/** A text may stand up to an hour beside the time in its id. */
const aside = (moment: Date, hours: number) => new Date(moment.getTime() + hours * 3_600_000);

/** The texts of one conversation in the order of their places, or of their changes after a revision. */
export async function ofConversation(
	database: CallerDatabase,
	caller: Claims,
	conversationId: string,
	after: { seq: number } | { revision: number },
	limit: number
): Promise<MessageRow[]> {
	const [column, value] = 'seq' in after ? ['seq', after.seq] : ['revision', after.revision];
	const id = literal(conversationId);
	const rows = `select to_jsonb(m) as row from api.messages m
		where m.conversation_id = ${id} and m.phone_number_id is not null and m.${column} > ${literal(value)}
		order by m.${column} limit ${literal(limit)}`;
	const statement = told(rows, 'message', `(p.row ->> '${column}')::bigint`);
	const found = await answers<MessageRow>(database, caller, statement);
	if (found.length > 0) return found;
	// none are new, or there is none at all to be seen
	await only(database, caller, `select true as answer from api.messages m where m.conversation_id = ${id} limit 1`);
	return found;
}

export function one(database: CallerDatabase, caller: Claims, id: string): Promise<MessageRow> {
	const rows = `select to_jsonb(m) as row from api.messages m where m.id = ${literal(id)} and m.phone_number_id is not null`;
	return only<MessageRow>(database, caller, told(rows, 'message', '1'));
}

/** Between whom a new text is, as SQL, where no conversation says it. */
export type Between = { from: string; to: string } | null;

/** What a verb answered, as a text: a key that only sends is told what became of it without reading anything. */
export async function asTold(database: CallerDatabase, caller: Claims, verb: string, between: Between = null) {
	const statement = told(`select ${verb} as row`, 'message', '1', between, true);
	const row = await only<MessageRow & { attachment_count: number }>(database, caller, statement);
	return row.attachment_count === 0 ? row : withFiles(database, caller, row, 'message');
}

async function withFiles<Row extends { id: string }>(database: CallerDatabase, caller: Claims, row: Row, kind: Kind) {
	const statement = `select ${filesOf(kinds[kind].column, literal(row.id))} as answer`;
	return { ...row, attachments: await only<object[]>(database, caller, statement) };
}

/** Texts that wait for their time, and what became of earlier ones, newest first. */
export function listScheduled(
	database: CallerDatabase,
	caller: Claims,
	organizationId: string,
	filter: { conversation_id?: string | undefined; phone_number_id?: string | undefined; status?: string | undefined },
	page: { cursor?: string | undefined; limit: number }
): Promise<ScheduledRow[]> {
	const rows = `select to_jsonb(s) as row from api.scheduled_messages s ${where([
		is('s.organization_id', organizationId),
		...Object.entries(filter).map(([column, value]) => is(`s.${column}`, value)),
		page.cursor !== undefined && `s.id < ${literal(page.cursor)}`
	])} order by s.id desc limit ${literal(page.limit)}`;
	const statement = told(rows, 'scheduled', "p.row ->> 'id' desc");
	return ofOrganization<ScheduledRow>(database, caller, organizationId, statement);
}

export function oneScheduled(database: CallerDatabase, caller: Claims, id: string): Promise<ScheduledRow> {
	const rows = `select to_jsonb(s) as row from api.scheduled_messages s where s.id = ${literal(id)}`;
	return only<ScheduledRow>(database, caller, told(rows, 'scheduled', '1'));
}

export async function asToldScheduled(database: CallerDatabase, caller: Claims, verb: string, between: Between = null) {
	const statement = told(`select ${verb} as row`, 'scheduled', '1', between, true);
	const row = await only<ScheduledRow & { attachment_ids: string[] }>(database, caller, statement);
	return row.attachment_ids.length === 0 ? row : withFiles(database, caller, row, 'scheduled');
}
