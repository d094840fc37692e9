import type { Sql } from 'postgres';
import * as z from 'zod';
import { as, type Caller } from './caller.ts';
import type { StoredObject } from './objects.ts';

const direction = z.enum(['asc', 'desc']).optional();

export const ListRequest = z.object({
	prefix: z.string().default(''),
	limit: z.int().min(1).max(10_000).default(100),
	offset: z.int().min(0).default(0),
	search: z.string().optional(),
	sortBy: z
		.object({
			column: z.enum(['name', 'updated_at', 'created_at', 'last_accessed_at']).optional(),
			order: direction
		})
		.optional()
});

/** What is in a folder, folders first; names are relative to it, and a folder is a row of nulls, as on hosted. */
export async function list(sql: Sql, caller: Caller, bucketId: string, request: z.infer<typeof ListRequest>) {
	const folder = request.prefix && !request.prefix.endsWith('/') ? `${request.prefix}/` : request.prefix;
	const pattern = `${literal(folder + (request.search ?? ''))}%`;
	const depth = folder.length;
	const column = request.sortBy?.column ?? 'name';
	const descending = request.sortBy?.order === 'desc';
	return as(sql, caller, 'object.list', async (tx) => {
		const order = descending ? tx`desc` : tx`asc`;
		return tx<Partial<StoredObject>[]>`
			with found as (
				select *, substr(name, ${depth + 1}::int) as rest from storage.objects
				where bucket_id = ${bucketId} and name ilike ${pattern}
			), listed as (
				select distinct split_part(rest, '/', 1) as name, null::uuid as id, null::timestamptz as updated_at,
					null::timestamptz as created_at, null::timestamptz as last_accessed_at, null::jsonb as metadata, 0 as place
				from found where position('/' in rest) > 0
				union all
				select rest, id, updated_at, created_at, last_accessed_at, metadata, 1 from found
				where position('/' in rest) = 0 and rest <> ''
			)
			select name, id, updated_at, created_at, last_accessed_at, metadata from listed
			order by place, ${tx(column)} ${order}, name ${order}
			limit ${request.limit} offset ${request.offset}`;
	});
}

export const ListV2Request = z.object({
	prefix: z.string().default(''),
	limit: z.int().min(1).max(1000).default(1000),
	cursor: z.string().optional(),
	with_delimiter: z.boolean().default(false),
	sortBy: z.object({ column: z.literal('name').optional(), order: direction }).optional()
});

/** The newer list: whole names, a cursor instead of an offset. By name alone. */
export async function listV2(sql: Sql, caller: Caller, bucketId: string, request: z.infer<typeof ListV2Request>) {
	const { prefix, limit, with_delimiter: inFolders } = request;
	const descending = request.sortBy?.order === 'desc';
	const after = request.cursor ? Buffer.from(request.cursor, 'base64url').toString('utf8') : null;
	const rows = await as(sql, caller, 'object.list_v2', (tx) => {
		const order = descending ? tx`desc` : tx`asc`;
		const folder = inFolders
			? tx`case when position('/' in substr(name, ${prefix.length + 1}::int)) > 0
				then left(name, ${prefix.length}::int + position('/' in substr(name, ${prefix.length + 1}::int))) end`
			: tx`null::text`;
		return tx<(Partial<StoredObject> & { key: string; is_folder: boolean })[]>`
			with found as (select *, ${folder} as folder from storage.objects
				where bucket_id = ${bucketId} and name like ${`${literal(prefix)}%`}),
			listed as (
				select folder as key, true as is_folder, null::uuid as id, null::timestamptz as updated_at,
					null::timestamptz as created_at, null::timestamptz as last_accessed_at, null::jsonb as metadata
				from found where folder is not null group by folder
				union all
				select name, false, id, updated_at, created_at, last_accessed_at, metadata from found where folder is null
			)
			select * from listed
			where ${after}::text is null or ${descending ? tx`key < ${after}` : tx`key > ${after}`}
			order by key ${order} limit ${limit + 1}`;
	});
	const page = rows.slice(0, limit);
	const hasNext = rows.length > limit;
	const last = page.at(-1)?.key;
	return {
		hasNext,
		...(hasNext && last ? { nextCursor: Buffer.from(last).toString('base64url') } : {}),
		folders: page.filter((row) => row.is_folder).map(({ key }) => ({ key, name: key })),
		objects: page.filter((row) => !row.is_folder).map(({ is_folder: _, ...row }) => ({ ...row, name: row.key }))
	};
}

/** Text in a LIKE pattern that stands for itself. */
const literal = (text: string) => text.replace(/[\\%_]/g, '\\$&');
