import type { Sql } from 'postgres';
import * as z from 'zod';
import { as, itself, type Caller } from './caller.ts';
import type { FileStore } from './files.ts';
import * as refusals from './refusals.ts';

const sizes: Record<string, number> = { b: 1, kb: 1e3, mb: 1e6, gb: 1e9, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3 };

/** Bytes of `25MiB`, `20MB`, `300KB`; null for anything else. */
export function bytesOf(size: string): number | null {
	const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*([kmg]i?b|b)$/i.exec(size) ?? [];
	const factor = sizes[unit?.toLowerCase() ?? ''];
	return amount && factor ? Math.floor(Number(amount) * factor) : null;
}

const size = z
	.union([z.int().min(0), z.string()])
	.nullish()
	.transform((value) => {
		if (typeof value !== 'string') return value;
		const bytes = /^\d+$/.test(value) ? Number(value) : bytesOf(value);
		if (bytes === null) throw refusals.invalidRequest('Invalid file size format, hint: use 20GB / 20MB / 30KB / 3B');
		return bytes;
	});

export const BucketRequest = z.object({
	id: z.string().optional(),
	name: z.string().optional(),
	public: z.boolean().optional(),
	file_size_limit: size,
	allowed_mime_types: z.array(z.string()).nullish()
});

type Bucket = Record<string, unknown> & { id: string };
const columns = ['id', 'name', 'owner', 'public', 'file_size_limit', 'allowed_mime_types', 'created_at', 'updated_at'];

/** Buckets over HTTP: with the secret key, unless a policy on storage.buckets lets somebody else. Ours come by migration. */
export function bucketStore(sql: Sql, files: FileStore) {
	const shown = ({ file_size_limit: limit, ...bucket }: Bucket) => ({
		...bucket,
		file_size_limit: limit === null ? null : Number(limit)
	});

	async function find(caller: Caller, id: string) {
		const [bucket] = await as(
			sql,
			caller,
			'bucket.get',
			(tx) => tx<Bucket[]>`select ${tx(columns)} from storage.buckets where id = ${id}`
		);
		if (!bucket) throw refusals.noSuchBucket();
		return shown(bucket);
	}

	return {
		find,
		async list(caller: Caller) {
			const rows = await as(
				sql,
				caller,
				'bucket.list',
				(tx) => tx<Bucket[]>`select ${tx(columns)} from storage.buckets order by id`
			);
			return rows.map(shown);
		},
		async create(caller: Caller, wish: z.infer<typeof BucketRequest>) {
			const id = wish.id ?? wish.name ?? '';
			if (!/^[\w!\-.*'() &$@=;:+,?]{1,63}$/.test(id))
				throw new refusals.StorageRefusal('InvalidBucketName', 400, 'Invalid Input', 'Bucket name invalid');
			await as(
				sql,
				caller,
				'bucket.create',
				(tx) => tx`
					insert into storage.buckets (id, name, owner, owner_id, public, file_size_limit, allowed_mime_types)
					values (${id}, ${wish.name ?? id}, ${caller.sub ?? null}::text::uuid, ${caller.sub ?? null}, ${wish.public ?? false},
						${wish.file_size_limit ?? null}, ${wish.allowed_mime_types ?? null})`
			);
			return { name: id };
		},
		async update(caller: Caller, id: string, wish: z.infer<typeof BucketRequest>) {
			const changes = Object.entries(wish).filter(
				([key, value]) => key !== 'id' && key !== 'name' && value !== undefined
			);
			const changed = await as(
				sql,
				caller,
				'bucket.update',
				(tx) => tx`
					update storage.buckets set ${tx({ ...Object.fromEntries(changes), updated_at: new Date() })}
					where id = ${id} returning id`
			);
			if (changed.length === 0) throw refusals.noSuchBucket();
			return { message: 'Successfully updated' };
		},
		async empty(caller: Caller, id: string) {
			await find(caller, id);
			const removed = await as(
				sql,
				caller,
				'bucket.empty',
				(tx) => tx<{ version: string }[]>`delete from storage.objects where bucket_id = ${id} returning version`
			);
			await files.remove(removed.map(({ version }) => version).filter(Boolean));
			return { message: 'Successfully emptied' };
		},
		async remove(caller: Caller, id: string) {
			await find(caller, id);
			const [full] = await as(
				sql,
				itself,
				'bucket.delete',
				(tx) => tx`select from storage.objects where bucket_id = ${id} limit 1`
			);
			if (full) throw refusals.bucketNotEmpty();
			const gone = await as(
				sql,
				caller,
				'bucket.delete',
				(tx) => tx`delete from storage.buckets where id = ${id} returning id`
			);
			if (gone.length === 0) throw refusals.accessDenied();
			return { message: 'Successfully deleted' };
		}
	};
}
