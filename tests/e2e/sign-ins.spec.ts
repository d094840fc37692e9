import { expect, test } from '@playwright/test';
import { logsOf } from '../support/logs.ts';
import { createPerson, testPassword } from '../support/people.ts';
import { startStack, type Stack } from '../support/stack.ts';

// a stack of its own, one for both: its logs hold nothing else, and nobody else's sign-ins wait
test.describe.configure({ mode: 'default' });
let stack: Stack;
test.beforeAll(async () => {
	test.setTimeout(180_000);
	stack = await startStack({ app: 'preview' });
});
test.afterAll(() => stack?.stop());

const wrong = (n: number) => `wrong password never logged ${n}`;

/** Submits the form as a browser without scripts does; answers the page. */
async function trySignIn(email: string, password: string): Promise<{ status: number; page: string; took: number }> {
	const { APP_URL } = stack.env;
	const began = performance.now();
	const response = await fetch(`${APP_URL}/sign-in`, {
		method: 'POST',
		redirect: 'manual',
		headers: { origin: APP_URL, accept: 'text/html' },
		body: new URLSearchParams({ email, password })
	});
	const page = await response.text();
	return { status: response.status, page, took: performance.now() - began };
}

test('R1.4 a thousand failed sign-ins leave a thousand rows, the same words for everybody, and no secret in any log', async () => {
	test.setTimeout(180_000);
	const { env, sql } = stack;
	const person = await createPerson(sql, env);
	// five for each of 160 addresses that nobody has, and two hundred for one that somebody has
	const tries = Array.from({ length: 1000 }, (_, n) => ({
		email: n % 5 === 0 ? person.email : `nobody-${n % 200}-${n % 5}@people.example`,
		password: wrong(n)
	}));
	const pages = new Set<string>();
	const began = performance.now();
	const worker = async () => {
		for (let next = tries.pop(); next; next = tries.pop()) {
			const { status, page } = await trySignIn(next.email, next.password);
			expect([400, 429]).toContain(status);
			expect(page).not.toContain(next.password);
			pages.add(/<div class="notice[^>]*>.*?<\/div><\/div>/s.exec(page)?.[0].replace(/\d+/g, 'n') ?? page);
		}
	};
	await Promise.all(Array.from({ length: 24 }, worker));
	console.log(`1,000 failed sign-ins took ${Math.round((performance.now() - began) / 100) / 10} s`);

	const rows = await sql<{ outcome: string; count: number }[]>`
		select outcome, count(*)::int from private.sign_in_attempts group by outcome order by outcome`;
	expect(rows.reduce((sum, { count }) => sum + count, 0)).toBe(1000);
	expect(rows.map(({ outcome }) => outcome)).toEqual(['delayed', 'failed']);
	expect(rows.find(({ outcome }) => outcome === 'failed')?.count).toBeGreaterThanOrEqual(800);
	// "no account has …" and "try again in n seconds", of one second or of several
	expect(pages.size).toBeLessThanOrEqual(3);

	// a statement that fails, with a value in it
	await expect(sql.unsafe(`select 'quiet lighthouse 482910'::int`)).rejects.toThrow('invalid input syntax');
	const written = logsOf(stack.folder);
	const secrets = [
		env.SUPABASE_SECRET_KEY,
		env.SUPABASE_JWT_SECRET,
		'wrong password never logged',
		`select 'quiet lighthouse`
	];
	for (const { name, text } of written) {
		for (const secret of secrets) expect(text.includes(secret), `${name} holds a secret`).toBe(false);
	}
});

test('R1.4 a wrong password and an unknown address take as long, and the right one still opens', async () => {
	const { env, sql } = stack;
	const took: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
	const least = () => ({ known: Math.min(...took.known), unknown: Math.min(...took.unknown) });
	const differ = () => Math.abs(least().known - least().unknown);
	// what a busy machine adds to one of them, a quieter moment takes away; what we would tell, it cannot
	for (let n = 0; n < 4 || (n < 16 && differ() >= 250); n++) {
		const person = await createPerson(sql, env);
		took.known.push((await trySignIn(person.email, wrong(n))).took);
		took.unknown.push((await trySignIn(`nobody-${crypto.randomUUID()}@people.example`, wrong(n))).took);
		expect((await trySignIn(person.email, testPassword)).status).toBe(303);
	}
	const { known, unknown } = least();
	console.log(`refused after ${Math.round(known)} ms (known), ${Math.round(unknown)} ms (unknown)`);
	expect(differ()).toBeLessThan(250);
});
