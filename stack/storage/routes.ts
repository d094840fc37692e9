import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Sql } from 'postgres';
import * as z from 'zod';
import { sendObject } from './answer.ts';
import { BucketRequest, type bucketStore } from './buckets.ts';
import { itself, type Caller } from './caller.ts';
import type { FileStore } from './files.ts';
import { list, ListRequest, listV2, ListV2Request } from './list.ts';
import type { ObjectStore, StoredObject } from './objects.ts';
import { placeOf, readContent, readJson, wayOf } from './receive.ts';
import { accessDenied, invalidRequest, invalidSignature, noSuchBucket, StorageRefusal } from './refusals.ts';
import type { LinkSigner } from './token.ts';

type Visit = {
	request: IncomingMessage;
	response: ServerResponse;
	bucket: string;
	name: string;
	query: URLSearchParams;
	identify: () => Caller;
};

/** `act` answers with a body, or with nothing when it has answered already. */
export type Route = { method: string; path: RegExp; act: (visit: Visit) => Promise<unknown> };

type Parts = {
	sql: Sql;
	files: FileStore;
	objects: ObjectStore;
	buckets: ReturnType<typeof bucketStore>;
	links: LinkSigner;
	headers: OutgoingHttpHeaders;
};

const lifetime = z.int().min(1);
const Link = z.object({ expiresIn: lifetime });
const Links = z.object({ expiresIn: lifetime, paths: z.array(z.string()).max(1000) });
const Removal = z.object({ prefixes: z.array(z.union([z.string(), z.object({ path: z.string() })])).max(1000) });
const Transfer = z.object({
	bucketId: z.string(),
	sourceKey: z.string(),
	destinationKey: z.string(),
	destinationBucket: z.string().nullish(),
	metadata: z.record(z.string(), z.unknown()).optional()
});
/** Seconds that a link for an upload lives, on hosted as well. */
const uploadLifetime = 7200;

/** Objects: `/object/…`. The order counts: the first that fits answers. */
export function objectRoutes({ sql, files, objects, links, headers }: Parts): Route[] {
	const give = (visit: Visit, object: StoredObject, expires?: number) =>
		sendObject(visit.request, visit.response, files, object, {
			headers,
			download: visit.query.get('download'),
			expires
		});
	const upload = async ({ request, bucket, name, identify }: Visit) => {
		const caller = identify();
		const [place, way] = [placeOf(bucket, name), wayOf(request)];
		await objects.mayUpload(caller, place, way);
		const { id } = await objects.upload(caller, place, way, await readContent(request));
		return { Id: id, Key: `${bucket}/${name}` };
	};
	const publicObject = async ({ bucket, name }: Visit) => {
		if (!(await objects.bucketOf(bucket)).public) throw noSuchBucket();
		return objects.findFor(placeOf(bucket, name));
	};
	const ownObject = ({ bucket, name, identify }: Visit, operation = 'object.get') =>
		objects.find(identify(), placeOf(bucket, name), operation);
	const transfer = async (visit: Visit) => {
		const wish = await readJson(visit.request, Transfer);
		const from = { bucketId: wish.bucketId, name: wish.sourceKey };
		const to = placeOf(wish.destinationBucket ?? wish.bucketId, wish.destinationKey);
		return { from, to, metadata: wish.metadata, caller: visit.identify() };
	};
	const link = (url: string, seconds: number) =>
		`/object/sign/${url}?token=${links.sign({ url, use: 'download' }, seconds)}`;

	return [
		{
			method: 'POST',
			path: /^\/object\/move$/,
			async act(visit) {
				const { from, to, caller } = await transfer(visit);
				await objects.move(caller, from, to);
				return { message: 'Successfully moved' };
			}
		},
		{
			method: 'POST',
			path: /^\/object\/copy$/,
			async act(visit) {
				const { from, to, metadata, caller } = await transfer(visit);
				const { id } = await objects.copy(caller, from, to, wayOf(visit.request), metadata);
				return { Id: id, Key: `${to.bucketId}/${to.name}` };
			}
		},
		{
			method: 'POST',
			path: /^\/object\/list\/([^/]+)$/,
			async act({ request, bucket, identify }) {
				const wish = await readJson(request, ListRequest);
				return list(sql, identify(), (await objects.bucketOf(bucket)).id, wish);
			}
		},
		{
			method: 'POST',
			path: /^\/object\/list-v2\/([^/]+)$/,
			async act({ request, bucket, identify }) {
				const wish = await readJson(request, ListV2Request);
				return listV2(sql, identify(), (await objects.bucketOf(bucket)).id, wish);
			}
		},
		{
			method: 'POST',
			path: /^\/object\/upload\/sign\/([^/]+)\/(.+)$/,
			async act({ request, bucket, name, identify }) {
				const caller = identify();
				const upsert = request.headers['x-upsert'] === 'true';
				await objects.mayUpload(caller, placeOf(bucket, name), upsert ? 'upsert' : 'insert');
				const claims = { url: `${bucket}/${name}`, owner: caller.sub, upsert, use: 'upload' } as const;
				const token = links.sign(claims, uploadLifetime);
				return { url: `/object/upload/sign/${bucket}/${name}?token=${token}`, token };
			}
		},
		{
			method: 'PUT',
			path: /^\/object\/upload\/sign\/([^/]+)\/(.+)$/,
			async act({ request, bucket, name, query }) {
				const claims = links.verify(query.get('token') ?? '', 'upload');
				if (claims.url !== `${bucket}/${name}`) throw invalidSignature();
				const way = claims.upsert ? 'upsert' : 'insert';
				await objects.mayUpload(itself, placeOf(bucket, name), way);
				await objects.upload(itself, { bucketId: bucket, name }, way, await readContent(request), claims.owner);
				return { Key: claims.url };
			}
		},
		{
			method: 'POST',
			path: /^\/object\/sign\/([^/]+)\/(.+)$/,
			async act(visit) {
				const { expiresIn } = await readJson(visit.request, Link);
				const { bucket_id: bucket, name } = await ownObject(visit, 'object.sign');
				return { signedURL: link(`${bucket}/${name}`, expiresIn) };
			}
		},
		{
			method: 'POST',
			path: /^\/object\/sign\/([^/]+)$/,
			async act(visit) {
				const { expiresIn, paths } = await readJson(visit.request, Links);
				const caller = visit.identify();
				return Promise.all(
					paths.map(async (path) => {
						try {
							const { bucket_id: bucket, name } = await objects.find(
								caller,
								placeOf(visit.bucket, path),
								'object.sign_many'
							);
							return { error: null, path, signedURL: link(`${bucket}/${name}`, expiresIn) };
						} catch (error) {
							if (!(error instanceof StorageRefusal)) throw error;
							const says = 'Either the object does not exist or you do not have access to it';
							return { error: says, path, signedURL: null };
						}
					})
				);
			}
		},
		{
			method: 'GET',
			path: /^\/object\/sign\/([^/]+)\/(.+)$/,
			async act(visit) {
				const claims = links.verify(visit.query.get('token') ?? '', 'download');
				if (claims.url !== `${visit.bucket}/${visit.name}`) throw invalidSignature();
				return give(visit, await objects.findFor(placeOf(visit.bucket, visit.name)), claims.exp);
			}
		},
		{
			method: 'GET',
			path: /^\/object\/info\/public\/([^/]+)\/(.+)$/,
			act: async (visit) => infoOf(await publicObject(visit))
		},
		{
			method: 'GET',
			path: /^\/object\/info\/(?:authenticated\/)?([^/]+)\/(.+)$/,
			act: async (visit) => infoOf(await ownObject(visit, 'object.get_authenticated_info'))
		},
		{
			method: 'GET',
			path: /^\/object\/public\/([^/]+)\/(.+)$/,
			act: async (visit) => give(visit, await publicObject(visit))
		},
		{
			method: 'GET',
			path: /^\/object\/(?:authenticated\/)?([^/]+)\/(.+)$/,
			act: async (visit) => give(visit, await ownObject(visit))
		},
		{ method: 'POST', path: /^\/object\/([^/]+)\/(.+)$/, act: upload },
		{ method: 'PUT', path: /^\/object\/([^/]+)\/(.+)$/, act: upload },
		{
			method: 'DELETE',
			path: /^\/object\/([^/]+)$/,
			async act({ request, bucket, identify }) {
				const { prefixes } = await readJson(request, Removal);
				const names = prefixes.map((entry) => (typeof entry === 'string' ? entry : entry.path));
				return objects.remove(identify(), bucket, names);
			}
		},
		{
			method: 'DELETE',
			path: /^\/object\/([^/]+)\/(.+)$/,
			async act({ bucket, name, identify }) {
				const removed = await objects.remove(identify(), bucket, [name]);
				if (removed.length === 0) throw accessDenied();
				return { message: 'Successfully deleted' };
			}
		},
		{
			method: 'DELETE',
			path: /^\/cdn\/([^/]+)(?:\/(.+))?$/,
			async act({ identify }) {
				if (identify().role !== 'service_role') throw accessDenied();
				return { message: 'success' };
			}
		},
		{
			method: 'GET',
			path: /^\/render\/image\//,
			act: () => Promise.reject(invalidRequest('Images are not transformed here'))
		}
	];
}

/** Buckets: `/bucket/…`. */
export function bucketRoutes({ buckets }: Parts): Route[] {
	const one = /^\/bucket\/([^/]+)$/;
	return [
		{ method: 'GET', path: /^\/bucket\/?$/, act: ({ identify }) => buckets.list(identify()) },
		{
			method: 'POST',
			path: /^\/bucket\/?$/,
			act: async ({ request, identify }) => buckets.create(identify(), await readJson(request, BucketRequest))
		},
		{ method: 'GET', path: one, act: ({ bucket, identify }) => buckets.find(identify(), bucket) },
		{
			method: 'PUT',
			path: one,
			act: async ({ request, bucket, identify }) =>
				buckets.update(identify(), bucket, await readJson(request, BucketRequest))
		},
		{
			method: 'POST',
			path: /^\/bucket\/([^/]+)\/empty$/,
			act: ({ bucket, identify }) => buckets.empty(identify(), bucket)
		},
		{ method: 'DELETE', path: one, act: ({ bucket, identify }) => buckets.remove(identify(), bucket) }
	];
}

function infoOf(object: StoredObject) {
	return {
		id: object.id,
		name: object.name,
		version: object.version,
		bucket_id: object.bucket_id,
		size: object.metadata.size,
		content_type: object.metadata.mimetype,
		cache_control: object.metadata.cacheControl,
		etag: object.metadata.eTag,
		metadata: object.user_metadata,
		last_modified: object.updated_at,
		created_at: object.created_at
	};
}
