import type { Grown } from './grown.ts';

/** Statements by what they are for; `prepare` makes a prepared statement of each under its place in the list. */
export type Statements = Record<string, string>;

/** What a visit to the inbox reads, as web/src/lib/server/conversations.ts and lib/realtime/reads.ts ask for it. */
export async function pages({ sql, member, largest, longest }: Grown): Promise<Statements> {
	const open = `from api.conversations where organization_id = '${largest.organizationId}' and archived_at is null`;
	const inTheList = await sql<{ id: string; changed: string }[]>`
		select id, updated_at::text as changed from public.conversations
		where organization_id = ${largest.organizationId} and archived_at is null
		order by last_message_at desc, id desc limit 50`;
	// the place after the first page, or one that still has a whole page after it: pages of other lengths do not compare
	const visible = await member<{ id: string; at: string }[]>`
		select id, last_message_at::text as at from api.conversations
		where organization_id = ${largest.organizationId} and archived_at is null
		order by last_message_at desc, id desc limit 100`;
	const middle = visible[Math.max(0, Math.min(50, visible.length - 50) - 1)];
	const [newest] = inTheList;
	if (!middle || !newest) throw new Error('The inbox is empty');
	const ids = inTheList.map(({ id }) => `'${id}'`).join(', ');
	const thread = `select * from api.messages where conversation_id = '${longest.conversationId}'`;
	const half = Math.floor(longest.messages / 2);
	return {
		'inbox page': `select * ${open} order by last_message_at desc, id desc limit 50`,
		'inbox page after the first': `select * ${open} and last_message_at <= '${middle.at}' and (last_message_at < '${middle.at}'
			or (last_message_at = '${middle.at}' and id < '${middle.id}')) order by last_message_at desc, id desc limit 50`,
		'inbox, what changed since': `select * from api.conversations
			where organization_id = '${largest.organizationId}' and updated_at >= '${newest.changed}'
			order by updated_at, id limit 200`,
		'unread counts of 50': `select id, unread_count from api.conversations where id in (${ids})`,
		'thread page, first': `${thread} order by seq desc limit 50`,
		'thread page, half way': `${thread} and seq < ${half + 1} order by seq desc limit 50`
	};
}
