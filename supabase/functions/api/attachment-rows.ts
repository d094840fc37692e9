import type { CallerDatabase, Claims } from '../_shared/database-caller.ts';
import type { AttachmentStatus, MediaType } from '../_shared/core/media-types.ts';
import { literal } from '../_shared/database-literal.ts';
import { deeds, only } from './asking.ts';

/** A row of `api.attachments` as `/v1/attachments` answers it. */
export type AttachmentRow = Readonly<{
	id: string;
	organization_id: string;
	name: string;
	type: MediaType | null;
	status: AttachmentStatus;
	/** A slug of `core/failures.ts`. */
	reason: string | null;
	[field: string]: unknown;
}>;

const same = [
	...[
		'id',
		'organization_id',
		'conversation_id',
		'phone_number_id',
		'message_id',
		'name',
		'type',
		'size',
		'width',
		'height'
	],
	...['status', 'reason', 'api_key_id', 'created_at']
];
const fields = [
	...same.map((name) => `'${name}', a.${name}`),
	"'scheduled_message_id', a.scheduled_id",
	"'author_id', a.uploader_id"
].join(', ');

/** What a team shows among itself is no text's. */
export function one(database: CallerDatabase, caller: Claims, id: string): Promise<AttachmentRow> {
	const statement = `select jsonb_build_object(${fields}) as answer from api.attachments a
		where a.id = ${literal(id)} and a.phone_number_id is not null`;
	return only<AttachmentRow>(database, caller, statement);
}

type Announced = { name: string; size: number; type: string };
/** Where a file goes in the bucket. */
export type Begun = Readonly<{ id: string; path: string }>;

/** `place`: the arguments that say between whom. */
export function begin(
	database: CallerDatabase,
	caller: Claims,
	place: readonly string[],
	{ name, size, type }: Announced
): Promise<Begun> {
	const args = [...place, `name => ${literal(name)}`, `size => ${literal(size)}`, `type => ${literal(type)}`];
	return only<Begun>(database, caller, `select api.begin_attachment(${args.join(', ')}) as answer`);
}

/** Has a file looked at whose bytes are there. */
export const finish = (database: CallerDatabase, caller: Claims, id: string) =>
	deeds(database, caller, ['finish_attachment', { attachment_id: id }]);

/** Has a file of theirs fetched once more that could not be. */
export const retry = (database: CallerDatabase, caller: Claims, id: string) =>
	deeds(database, caller, ['retry_attachment', { attachment_id: id }]);

export const remove = (database: CallerDatabase, caller: Claims, id: string) =>
	deeds(database, caller, ['remove_attachment', { attachment_id: id }]);

/** The files of a text, in their order, as SQL: in `column` they name it. `id`: which one, as SQL. */
export const filesOf = (column: 'message_id' | 'scheduled_id', id: string) =>
	`(select coalesce(jsonb_agg(jsonb_build_object('id', a.id, 'name', a.name, 'type', a.type, 'size', a.size, 'status', a.status)
		order by a.position), '[]') from api.attachments a where a.${column} = ${id})`;
