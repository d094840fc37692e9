import { isHttpError, isRedirect, type RequestEvent } from '@sveltejs/kit';
import { expect, test } from 'vitest';
import { guard } from '#lib/server/guard.ts';
import type { Member } from '#lib/server/people.ts';
import { createDatabase } from '#lib/server/database.ts';
import { cookieOf, jar, noor, supabase } from './support.ts';

const ended = { status: 401, body: { code: 'PT401', message: 'session_ended', details: '', hint: null } };
const notFound = { status: 404, body: { code: 'PT404', message: 'not_found', details: '', hint: null } };

/** A request for a page of an organization, by a browser with these cookies. */
function request(path: string, cookies = jar(cookieOf('own', 3600)), method = 'GET'): RequestEvent {
	const url = new URL(path, 'http://127.0.0.1');
	return {
		url,
		cookies,
		request: new Request(url, {
			method,
			headers: {
				cookie: cookies
					.getAll()
					.map(({ name, value }) => `${name}=${value}`)
					.join('; ')
			}
		}),
		getClientAddress: () => '203.0.113.7',
		route: { id: '/(member)/[slug]/inbox' },
		params: { slug: url.pathname.split('/')[1] },
		locals: { database: createDatabase(cookies, false) }
	} as unknown as RequestEvent;
}

const resolve = async () => new Response('the page');

/** What a page reads of who asks; the app's own types say so in web/src/app.d.ts. */
const meOf = ({ locals }: RequestEvent) => (locals as unknown as { me: Member }).me;

/** What the guard throws instead of answering. */
async function thrownBy(event: RequestEvent): Promise<unknown> {
	try {
		await guard({ event, resolve });
	} catch (cause) {
		return cause;
	}
}

test('R1.5 a member page is made for whoever the database says asks', async () => {
	supabase({
		'/rpc/me': { body: { ...noor, organization: { ...noor.organizations[0], capabilities: ['messages:read'] } } }
	});
	const event = request('/tidewater/inbox');
	expect(await (await guard({ event, resolve })).text()).toBe('the page');
	expect(meOf(event).organization.name).toBe('Tidewater Stays');
});

test('R1.6 when the session has ended its cookies go and the sign-in page leads back', async () => {
	supabase({ '/rpc/me': ended, '/rpc/session_state': { body: 'gone' } });
	const cookies = jar(cookieOf('own', 3600));
	const thrown = await thrownBy(request('/tidewater/inbox?after=2', cookies));
	expect(isRedirect(thrown) && [thrown.status, thrown.location]).toEqual([
		303,
		'/sign-in?ended=&next=%2Ftidewater%2Finbox%3Fafter%3D2'
	]);
	expect([...cookies.contents]).toEqual([]);
});

test('R1.6 a session that only time has ended is told from one that somebody ended, also by the next request', async () => {
	const asked = supabase({ '/rpc/me': ended, '/rpc/session_state': { body: 'expired' } });
	const cookies = jar(cookieOf('own', 3600));
	for (const path of ['/tidewater/inbox', '/tidewater/more']) {
		const thrown = await thrownBy(request(path, cookies));
		expect(isRedirect(thrown) && thrown.location).toBe(`/sign-in?expired=&next=${encodeURIComponent(path)}`);
		expect([...cookies.contents.keys()]).toEqual(['expired']);
	}
	const state = asked.find(({ path }) => path.endsWith('/rpc/session_state'));
	expect(state?.body).toEqual({ session_id: noor.session.id });
	expect(state?.headers.get('apikey')).toBe('sb_secret_test');
});

test('R1.7 from where a session is used is written down every five minutes, and no page waits for it', async () => {
	const me = { ...noor, organization: { ...noor.organizations[0], capabilities: [] } };
	const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
	for (const [described_at, times] of [
		[ago(4), 0],
		[ago(6), 1],
		[null, 1]
	] as const) {
		const asked = supabase({
			'/rpc/me': { body: { ...me, session: { ...me.session, described_at } } },
			'/rpc/describe_session': () => new Promise(() => undefined)
		});
		expect(await (await guard({ event: request('/tidewater/inbox'), resolve })).text()).toBe('the page');
		await new Promise((done) => setTimeout(done, 20));
		const described = asked.filter(({ path }) => path.endsWith('/describe_session'));
		expect(described).toHaveLength(times);
		if (times) expect(described[0]?.body).toMatchObject({ session_id: noor.session.id, address: '203.0.113.7' });
	}
});

test.each(['suspended', 'organization_suspended'])(
	'who is %s gets neither a page nor a redirect, but is told so',
	async (slug) => {
		supabase({ '/rpc/me': { status: 403, body: { code: 'PT403', message: slug, details: '', hint: null } } });
		const event = request('/tidewater/inbox');
		await guard({ event, resolve });
		expect(() => meOf(event)).toThrow(
			expect.objectContaining({ status: 403, body: expect.objectContaining({ slug }) })
		);
		const action = await thrownBy(request('/tidewater/inbox', undefined, 'POST'));
		expect(isHttpError(action, 403)).toBe(true);
	}
);

test('a stranger is sent to sign in and not told of a session that never was', async () => {
	supabase({});
	const thrown = await thrownBy(request('/tidewater/inbox', jar()));
	expect(isRedirect(thrown) && thrown.location).toBe('/sign-in?next=%2Ftidewater%2Finbox');
});

test("another organization's address is a 404 for pages and refused at once for anything that acts", async () => {
	supabase({ '/rpc/me': notFound });
	const event = request('/theirs/inbox');
	await guard({ event, resolve });
	let thrown: unknown;
	try {
		meOf(event);
	} catch (cause) {
		thrown = cause;
	}
	expect(isHttpError(thrown, 404)).toBe(true);

	const action = await thrownBy(request('/theirs/inbox', undefined, 'POST'));
	expect(isHttpError(action, 404)).toBe(true);
});
