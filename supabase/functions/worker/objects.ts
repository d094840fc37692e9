/** Supabase's Storage as the worker uses it: with the secret key, past every policy. */
export type Objects = ReturnType<typeof openObjects>;

type Settings = { url: string; secretKey: string; fetch: typeof fetch };
type Place = { bucket_id: string; path: string };

/** Storage did not do what it was asked; asking again can work. */
export class StorageTrouble extends Error {
	override readonly name = 'StorageTrouble';
}

/** In ms, for each request. Two of them fit well into a lease. */
const patience = 15_000;

/** What the host's environment says of Storage; `SUPABASE_SECRET_KEYS` is JSON, as hosted gives it. */
export function objectsOf(env: Readonly<Record<string, string | undefined>>, send: typeof fetch) {
	const keys = JSON.parse(env.SUPABASE_SECRET_KEYS || '{}') as { default?: string };
	return openObjects({
		url: env.SUPABASE_URL ?? '',
		secretKey: keys.default ?? env.SUPABASE_SECRET_KEY ?? '',
		fetch: send
	});
}

/** Source: supabase.com/docs/reference/self-hosting-storage/introduction. A missing object is answered with 400 or 404. */
export function openObjects({ url, secretKey, fetch }: Settings) {
	const ask = (path: string, init: RequestInit = {}) =>
		fetch(`${url}/storage/v1/object/${path}`, {
			...init,
			headers: { apikey: secretKey, ...(init.headers as Record<string, string>) },
			signal: AbortSignal.timeout(patience)
		});

	return {
		/** An object's bytes and the type it was put there with; null where there is none. Throws StorageTrouble. */
		async read({ bucket_id, path }: Place): Promise<{ bytes: Uint8Array<ArrayBuffer>; type: string } | null> {
			const response = await ask(`authenticated/${bucket_id}/${path}`);
			if (response.ok) {
				return { bytes: await response.bytes(), type: response.headers.get('content-type') ?? '' };
			}
			const said = await response.text();
			if (response.status === 404 || /"statusCode":\s*"404"/.test(said)) return null;
			throw new StorageTrouble(`reading was answered with ${response.status}`);
		},

		/** Puts an object there, in the place of one that may be there already. Throws StorageTrouble. */
		async write({ bucket_id, path }: Place, bytes: Uint8Array<ArrayBuffer>, type: string): Promise<void> {
			const headers = { 'content-type': type, 'x-upsert': 'true', 'cache-control': 'max-age=3600' };
			const response = await ask(`${bucket_id}/${path}`, { method: 'POST', headers, body: bytes });
			if (!response.ok) throw new StorageTrouble(`writing was answered with ${response.status}`);
			await response.body?.cancel();
		},

		/** An address that gives an object to whoever has it, for so many seconds. Throws StorageTrouble. */
		async sign({ bucket_id, path }: Place, seconds: number): Promise<string> {
			const response = await ask(`sign/${bucket_id}/${path}`, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify({ expiresIn: seconds })
			});
			if (!response.ok) {
				await response.body?.cancel();
				throw new StorageTrouble(`signing was answered with ${response.status}`);
			}
			const { signedURL } = (await response.json()) as { signedURL: string };
			return `${url}/storage/v1${signedURL}`;
		},

		/** Takes an object away; one that is gone already is what was asked for. Throws StorageTrouble. */
		async remove({ bucket_id, path }: Place): Promise<void> {
			const response = await ask(bucket_id, {
				method: 'DELETE',
				headers: { 'content-type': 'application/json' },
				body: JSON.stringify({ prefixes: [path] })
			});
			if (!response.ok) throw new StorageTrouble(`removing was answered with ${response.status}`);
			await response.body?.cancel();
		}
	};
}
