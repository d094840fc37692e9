import type { Cookies } from '@sveltejs/kit';
import { vi } from 'vitest';

type Answer = { status?: number; body: unknown };
type Asked = { path: string; method: string; body: Record<string, unknown>; headers: Headers };

/** Cookies of one browser in memory: what is set now is read by the next request. */
export function jar(first: Record<string, string> = {}): Cookies & { contents: Map<string, string> } {
	const contents = new Map(Object.entries(first));
	return {
		contents,
		get: (name) => contents.get(name),
		getAll: () => [...contents].map(([name, value]) => ({ name, value })),
		set: (name, value, options) => void (options?.maxAge === 0 ? contents.delete(name) : contents.set(name, value)),
		delete: (name) => void contents.delete(name),
		serialize: () => '',
		parse: () => ({ name: '', value: '' })
	};
}

/** What the session's cookie holds, in clear. */
export function sessionIn({ contents }: { contents: Map<string, string> }): string {
	return Buffer.from((contents.get('session') ?? '').replace('base64-', ''), 'base64url').toString();
}

/** Stands in for Supabase: answers each request by the end of its path and keeps what was asked. */
export function supabase(answers: Record<string, Answer | ((asked: Asked) => Answer | Promise<Answer>)>): Asked[] {
	const log: Asked[] = [];
	vi.stubGlobal('fetch', async (input: RequestInfo | URL, init: RequestInit = {}) => {
		const url = new URL(String(input));
		const path = url.pathname + url.search;
		const asked = {
			path,
			method: init.method ?? 'GET',
			body: typeof init.body === 'string' ? JSON.parse(init.body) : {},
			headers: new Headers(init.headers)
		};
		log.push(asked);
		const [, answer] = Object.entries(answers).find(([part]) => path.includes(part)) ?? [];
		if (!answer) throw new TypeError(`fetch failed: nobody answers ${path}`);
		const { status = 200, body } = typeof answer === 'function' ? await answer(asked) : answer;
		return new Response(status === 204 ? null : JSON.stringify(body), {
			status,
			headers: { 'content-type': 'application/json', 'x-supabase-api-version': '2024-01-01' }
		});
	});
	return log;
}

// one moment for a whole file: the same session told twice is the same to the letter
const began = Math.floor(Date.now() / 1000);
const soon = (seconds: number) => began + seconds;

/** What Auth answers to a sign-in or a refresh. */
export function session(name: string, seconds: number) {
	const expires_at = soon(seconds);
	const claims = Buffer.from(JSON.stringify({ sub: 'u', exp: expires_at, session_id: noor.session.id })).toString(
		'base64url'
	);
	return {
		access_token: `${Buffer.from('{"alg":"HS256","typ":"JWT"}').toString('base64url')}.${claims}.${name}`,
		refresh_token: `refresh-${name}`,
		token_type: 'bearer',
		expires_in: seconds,
		expires_at,
		user: {
			id: 'u',
			aud: 'authenticated',
			email: 'noor@tidewater.example',
			app_metadata: {},
			user_metadata: {},
			created_at: ''
		}
	};
}

/** The cookie of a session that has this many seconds left. */
export function cookieOf(name: string, seconds: number): Record<string, string> {
	return { session: `base64-${Buffer.from(JSON.stringify(session(name, seconds))).toString('base64url')}` };
}

const unsuspended = { logo_path: null, suspended_at: null };

/** What api.me answers for Noor in her team. */
export const noor = {
	user_id: 'u',
	email: 'noor@tidewater.example',
	username: 'noor',
	full_name: 'Noor Haddad',
	locale: 'en',
	time_zone: 'UTC',
	avatar_path: null,
	undo_send_seconds: 5,
	deletion_requested_at: null,
	notices: [],
	session: { id: '0190a5b0-0000-7000-8000-000000000001', described_at: new Date().toISOString(), fresh_until: null },
	organizations: [
		{ ...unsuspended, id: 'o1', slug: 'tidewater', name: 'Tidewater Stays', role: 'owner', is_personal: false },
		{ ...unsuspended, id: 'o2', slug: 'noor', name: 'Noor Haddad', role: 'owner', is_personal: true }
	]
};
