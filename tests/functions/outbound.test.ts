import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { post, type PostSettings } from '../../supabase/functions/_shared/outbound/post.ts';

async function serve(server: Server): Promise<number> {
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return (server.address() as AddressInfo).port;
}
/** Says which host it was asked for. */
const secure = ({ key, certificate }: ReturnType<typeof certificates>) =>
	serve(
		createSecure({ key: readFileSync(key), cert: readFileSync(certificate) }, (request, response) =>
			response.end(String(request.headers.host))
		)
	);
const plain = (listener: RequestListener) => serve(createServer(listener));

/** A certificate of hooks.example, its key, and the authority that signed it, as files. */
function certificates() {
	const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
	onTestFinished(() => rmSync(folder, { recursive: true }));
	const file = (name: string) => join(folder, name);
	const files = { authority: file('authority.pem'), certificate: file('certificate.pem'), key: file('key.pem') };
	const make = (...what: string[]) => execFileSync('openssl', what, { stdio: 'ignore' });
	const request = ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
	make(...request, '-x509', '-subj', '/CN=Authority', '-keyout', file('authority.key'), '-out', files.authority);
	make(...request, '-subj', '/CN=hooks.example', '-keyout', files.key, '-out', file('wish'));
	writeFileSync(file('names'), 'subjectAltName=DNS:hooks.example');
	const by = ['-CA', files.authority, '-CAkey', file('authority.key'), '-set_serial', '1'];
	make('x509', '-req', '-in', file('wish'), ...by, '-extfile', file('names'), '-out', files.certificate);
	return files;
}

/** Asks these, all names of this machine, as a function does: with what it may and with nothing of our environment. */
async function inDeno(
	asked: readonly [url: string, milliseconds: number][],
	env: Record<string, string>
): Promise<unknown> {
	const deno = join(createRequire(import.meta.url).resolve('deno/package.json'), '..', 'deno');
	const { PATH, HOME } = process.env;
	const script = `
		import { post } from '${new URL('../../supabase/functions/_shared/outbound/post.ts', import.meta.url).href}';
		const settings = { resolve: async () => ['127.0.0.1'], ownHosts: ['hooks.example', 'other.example'] };
		const all = ${JSON.stringify(asked)}.map(([url, timeoutMilliseconds]) =>
			post(url, {}, '{}', { ...settings, timeoutMilliseconds }));
		console.log(JSON.stringify(await Promise.all(all)));
		Deno.exit();`;
	const flags = ['--no-config', '--no-lock', '--no-check', '--allow-net=127.0.0.1', '--allow-env', '--allow-read'];
	const asking = promisify(execFile)(deno, ['run', '--ext=ts', ...flags, '-'], { env: { PATH, HOME, ...env } });
	asking.child.stdin?.end(script);
	return JSON.parse((await asking).stdout);
}

const hosted: PostSettings = { resolve: async () => ['93.184.216.34'], ownHosts: [], timeoutMilliseconds: 2000 };
const onStack: PostSettings = { ...hosted, ownHosts: ['127.0.0.1'] };
const send = (url: string, settings = hosted) => post(url, { 'content-type': 'application/json' }, '{}', settings);

describe('R7.1 what strangers have us send', () => {
	test.each([
		['http://hooks.example/', ['93.184.216.34']],
		['https://127.0.0.1/', []],
		['https://2130706433/', []],
		['https://0x7f.1/', []],
		['https://[::1]/', []],
		['https://[::ffff:10.0.0.1]/', []],
		['https://[::ffff:a9fe:a9fe]/', []],
		['https://169.254.169.254/latest/meta-data/', []],
		['https://user:word@hooks.example/', ['93.184.216.34']],
		['https://hooks.example/', ['10.1.2.3']],
		['https://hooks.example/', ['fd00::1']],
		['https://hooks.example/', ['::ffff:192.168.1.1']],
		['https://hooks.example/', ['100.100.100.200']],
		['https://hooks.example/', ['93.184.216.34', '127.0.0.1']],
		['ftp://hooks.example/', ['93.184.216.34']],
		['not an address', []]
	])('does not go to %s at %j', async (url, addresses) => {
		expect(await send(url, { ...hosted, resolve: async () => addresses })).toMatchObject({
			trouble: 'address',
			status: null
		});
	});

	test('goes to the address that was looked at, for the name: asked once, checked by its certificate', async () => {
		const files = certificates();
		const authority = readFileSync(files.authority, 'utf8');
		const port = await secure(files);
		let asked = 0;
		const resolve = async () => {
			asked += 1;
			// a name that turns to somewhere else right after it was looked at
			return asked === 1 ? ['127.0.0.1'] : ['10.0.0.1'];
		};
		const named = (name: string, authorities?: string) =>
			send(`https://${name}:${port}/`, {
				...hosted,
				...{ resolve, ownHosts: ['hooks.example', 'other.example'] },
				...(authorities && { authorities })
			});
		expect(await named('hooks.example', authority)).toMatchObject({
			trouble: null,
			status: 200,
			address: '127.0.0.1',
			answer: `hooks.example:${port}`
		});
		expect(asked).toBe(1);
		asked = 0;
		expect(await named('other.example', authority)).toMatchObject({ trouble: 'certificate' });
		asked = 0;
		expect(await named('hooks.example')).toMatchObject({ trouble: 'certificate' });
	});

	test('is checked by the usual authorities and by nobody else where functions run, in Deno', async () => {
		const files = certificates();
		const port = await secure(files);
		const redirecting = await plain((_request, response) => response.writeHead(302, { location: '/' }).end());
		const hanging = await plain(() => undefined);
		const asked: [string, number][] = [
			[`https://hooks.example:${port}/`, 5000],
			[`https://other.example:${port}/`, 5000],
			[`http://hooks.example:${redirecting}/`, 5000],
			[`http://hooks.example:${hanging}/`, 150]
		];
		const [trusted, untrusted] = await Promise.all([inDeno(asked, { DENO_CERT: files.authority }), inDeno(asked, {})]);
		const plainly = [{ trouble: 'redirect', status: 302 }, { trouble: 'timeout' }];
		expect(trusted).toMatchObject([
			{ trouble: null, status: 200, answer: `hooks.example:${port}` },
			{ trouble: 'certificate' },
			...plainly
		]);
		expect(untrusted).toMatchObject([{ trouble: 'certificate' }, { trouble: 'certificate' }, ...plainly]);
	});

	test('does not follow redirects, and says so', async () => {
		let visits = 0;
		const port = await plain((_request, response) => {
			visits += 1;
			response.writeHead(302, { location: `http://127.0.0.1:${port}/elsewhere` }).end();
		});
		expect(await send(`http://127.0.0.1:${port}/`, onStack)).toMatchObject({ trouble: 'redirect', status: 302 });
		expect(visits).toBe(1);
	});

	test('is given up after its time, whoever hangs: the server, its answer, or the name server', async () => {
		const quick = { ...onStack, timeoutMilliseconds: 150 };
		const hanging = await plain(() => undefined);
		const dripping = await plain((_request, response) => response.writeHead(200).write('a'));
		const unresolved = { ...hosted, timeoutMilliseconds: 150, resolve: () => new Promise<never>(() => undefined) };
		expect(await send(`http://127.0.0.1:${hanging}/`, quick)).toMatchObject({ trouble: 'timeout', status: null });
		expect(await send(`http://127.0.0.1:${dripping}/`, quick)).toMatchObject({ trouble: 'timeout' });
		expect(await send('https://hooks.example/', unresolved)).toMatchObject({ trouble: 'timeout', address: null });
	});

	test('reads 8 kB of an answer that never ends', async () => {
		const port = await plain((_request, response) => {
			const more = () => response.write('x'.repeat(65_536)) && setImmediate(more);
			response.on('drain', more).on('error', () => undefined);
			more();
		});
		const { answer, trouble, status } = await send(`http://127.0.0.1:${port}/`, onStack);
		expect([trouble, status, answer?.length]).toEqual([null, 200, 8192]);
	});

	test('says when nobody is there, and when the name has no address', async () => {
		const port = await plain((request) => request.socket.destroy());
		expect(await send(`http://127.0.0.1:${port}/`, onStack)).toMatchObject({ trouble: 'connection' });
		expect(await send('https://hooks.example/', { ...hosted, resolve: async () => [] })).toMatchObject({
			trouble: 'name'
		});
		const failing = { ...hosted, resolve: () => Promise.reject(new Error('getaddrinfo ENOTFOUND')) };
		expect(await send('https://hooks.example/', failing)).toMatchObject({ trouble: 'name' });
	});
});
