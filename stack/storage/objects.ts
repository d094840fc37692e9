import { randomUUID } from 'node:crypto';
import type { Sql, TransactionSql } from 'postgres';
import { as, itself, rehearse, type Caller } from './caller.ts';
import type { FileStore } from './files.ts';
import * as refusals from './refusals.ts';

export type StoredObject = {
	id: string;
	bucket_id: string;
	name: string;
	version: string;
	owner_id: string | null;
	metadata: Metadata;
	user_metadata: Record<string, unknown> | null;
	created_at: Date;
	updated_at: Date;
	last_accessed_at: Date;
};

export type Metadata = {
	eTag: string;
	size: number;
	mimetype: string;
	cacheControl: string;
	lastModified: string;
	contentLength: number;
	httpStatusCode: number;
};

/** `insert` refuses a name that is taken, `update` one that is not, `upsert` none. */
export type Way = 'insert' | 'upsert' | 'update';

export type Content = {
	bytes: AsyncIterable<Uint8Array>;
	type: string;
	cacheControl: string;
	userMetadata: Record<string, unknown> | null;
};

export type Place = { bucketId: string; name: string };
type Bucket = { id: string; public: boolean; file_size_limit: string | null; allowed_mime_types: string[] | null };
type Settings = { sql: Sql; files: FileStore; sizeLimit: number };

/** What can be done with objects, each with the rights of the caller. Failures are StorageRefusals. */
export function objectStore({ sql, files, sizeLimit }: Settings) {
	async function bucketOf(id: string): Promise<Bucket> {
		const [bucket] = await sql<Bucket[]>`
			select id, public, file_size_limit, allowed_mime_types from storage.buckets where id = ${id}`;
		if (!bucket) throw refusals.noSuchBucket();
		return bucket;
	}

	async function find(caller: Caller, { bucketId, name }: Place, operation: string): Promise<StoredObject> {
		await bucketOf(bucketId);
		const [object] = await as(
			sql,
			caller,
			operation,
			(tx) => tx<StoredObject[]>`select * from storage.objects where bucket_id = ${bucketId} and name = ${name}`
		);
		if (!object) throw refusals.noSuchKey();
		return object;
	}

	/** Writes the row; the file it names is there already. Two uploads of one name take turns. */
	async function keep(caller: Caller, place: Place, way: Way, row: RowValues): Promise<{ id: string }> {
		let former: { id: string; version: string | null } | undefined;
		await as(
			sql,
			caller,
			'object.upload',
			(tx) => write(tx, place, way, { ...row, id: former?.id ?? row.id }),
			async (tx) => {
				await tx`select pg_advisory_xact_lock(hashtextextended(${`${place.bucketId}/${place.name}`}, 0))`;
				[former] = await tx<{ id: string; version: string | null }[]>`
					select id, version from storage.objects where bucket_id = ${place.bucketId} and name = ${place.name}`;
			}
		);
		if (former?.version) await files.remove([former.version]);
		return { id: former?.id ?? row.id };
	}

	return {
		find,
		bucketOf,

		/** Whether the caller may upload there, asked before a single byte is read. */
		async mayUpload(caller: Caller, place: Place, way: Way): Promise<void> {
			await bucketOf(place.bucketId);
			await rehearse(sql, caller, 'object.upload', (tx) => write(tx, place, way, rowOf(caller.sub)));
		},

		async upload(caller: Caller, place: Place, way: Way, content: Content, owner = caller.sub) {
			const bucket = await bucketOf(place.bucketId);
			const allowed = bucket.allowed_mime_types ?? [];
			if (allowed.length > 0 && !allowed.some((pattern) => fits(pattern, content.type)))
				throw refusals.invalidMimeType(content.type);
			const limit = Math.min(sizeLimit, Number(bucket.file_size_limit ?? sizeLimit));
			const { version, size, eTag } = await files.receive(content.bytes, limit);
			try {
				return await keep(caller, place, way, {
					...rowOf(owner),
					version,
					metadata: {
						eTag,
						size,
						mimetype: content.type,
						cacheControl: content.cacheControl,
						lastModified: new Date().toISOString(),
						contentLength: size,
						httpStatusCode: 200
					},
					userMetadata: content.userMetadata
				});
			} catch (error) {
				await files.remove([version]);
				throw error;
			}
		},

		/** The row changes its name; the file keeps its own. */
		async move(caller: Caller, from: Place, to: Place): Promise<void> {
			await Promise.all([bucketOf(from.bucketId), bucketOf(to.bucketId)]);
			const moved = await as(
				sql,
				caller,
				'object.move',
				(tx) => tx`
					update storage.objects set bucket_id = ${to.bucketId}, name = ${to.name}, updated_at = now()
					where bucket_id = ${from.bucketId} and name = ${from.name} returning id`
			);
			if (moved.length === 0) throw refusals.noSuchKey();
		},

		async copy(
			caller: Caller,
			from: Place,
			to: Place,
			way: Way,
			metadata?: Record<string, unknown>
		): Promise<{ id: string }> {
			const source = await find(caller, from, 'object.copy');
			await bucketOf(to.bucketId);
			const version = await files.copy(source.version);
			try {
				return await keep(caller, to, way, {
					...rowOf(caller.sub),
					version,
					metadata: { ...source.metadata, lastModified: new Date().toISOString() },
					userMetadata: metadata ?? source.user_metadata
				});
			} catch (error) {
				await files.remove([version]);
				throw error;
			}
		},

		/** Those of the names that the caller may see and delete; the others are passed over, as on hosted. */
		async remove(caller: Caller, bucketId: string, names: string[]): Promise<StoredObject[]> {
			await bucketOf(bucketId);
			const removed = await as(
				sql,
				caller,
				'object.delete_many',
				(tx) => tx<StoredObject[]>`
					delete from storage.objects where bucket_id = ${bucketId} and name = any (${names}) returning *`
			);
			await files.remove(removed.map(({ version }) => version).filter(Boolean));
			return removed;
		},

		/** The object behind a link or in a public bucket, whoever asks. */
		findFor: (place: Place) => find(itself, place, 'object.get')
	};
}

export type ObjectStore = ReturnType<typeof objectStore>;

type RowValues = ReturnType<typeof rowOf>;

const rowOf = (owner: string | undefined) => ({
	id: randomUUID() as string,
	owner: owner ?? null,
	version: randomUUID() as string,
	metadata: null as Metadata | null,
	userMetadata: null as Record<string, unknown> | null
});

/** Without `returning`: that would ask for a right to read, which an upload does not need. */
async function write(tx: TransactionSql, { bucketId, name }: Place, way: Way, row: RowValues): Promise<void> {
	const { id, owner, version } = row;
	const metadata = row.metadata && tx.json(row.metadata);
	const userMetadata = row.userMetadata && tx.json(row.userMetadata as Record<string, string>);
	if (way === 'update') {
		const { count } = await tx`
			update storage.objects set owner = ${owner}::text::uuid, owner_id = ${owner}, metadata = ${metadata},
				user_metadata = ${userMetadata}, version = ${version}, updated_at = now()
			where bucket_id = ${bucketId} and name = ${name}`;
		if (count === 0) throw refusals.noSuchKey();
		return;
	}
	const replace = tx`on conflict (bucket_id, name) do update set owner = excluded.owner, owner_id = excluded.owner_id,
		metadata = excluded.metadata, user_metadata = excluded.user_metadata, version = excluded.version, updated_at = now()`;
	await tx`
		insert into storage.objects (id, bucket_id, name, owner, owner_id, metadata, user_metadata, version)
		values (${id}, ${bucketId}, ${name}, ${owner}::text::uuid, ${owner}, ${metadata}, ${userMetadata}, ${version})
		${way === 'upsert' ? replace : tx``}`;
}

/** `image/*` takes every image; a type's parameters do not count. */
function fits(pattern: string, type: string): boolean {
	const plain = type.split(';', 1)[0]?.trim().toLowerCase() ?? '';
	const wanted = pattern.toLowerCase();
	if (wanted === '*/*') return true;
	return wanted.endsWith('/*') ? plain.startsWith(wanted.slice(0, -1)) : plain === wanted;
}
