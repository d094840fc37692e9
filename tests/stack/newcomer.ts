import { randomBytes } from 'node:crypto';
import { createClient } from '@supabase/supabase-js';
import type { Environment } from '../../stack/environment.ts';

export const password = 'grey gulls over the pier';

/** A letter as the mail catcher's REST shows it. */
export type Letter = { id: string; subject: string; html: string; text?: string; to: { address: string }[] };

/** The client that a browser would have, with nobody signed in. */
export function visitor(env: Environment, key = env.SUPABASE_PUBLISHABLE_KEY) {
	return createClient(env.SUPABASE_URL, key, {
		db: { schema: 'api' },
		auth: { persistSession: false, autoRefreshToken: false }
	});
}

/** Somebody who has not been here. */
export function newcomer() {
	const username = `n${randomBytes(6).toString('hex')}`;
	return { username, email: `${username}@newcomers.example`, fullName: 'Wren Castellano' };
}

/** Every letter that somebody got, oldest first. */
export async function lettersTo(env: Environment, email: string): Promise<Letter[]> {
	const letters = (await (await fetch(`${env.MAIL_URL}/email`)).json()) as Letter[];
	return letters.filter(({ to }) => to.some(({ address }) => address === email));
}

/** The letter that is on its way: Auth answers when the catcher has it, the catcher shows it when it has read it. */
export async function letterTo(env: Environment, email: string): Promise<Letter> {
	for (const until = Date.now() + 3000; Date.now() < until; await new Promise((done) => setTimeout(done, 20))) {
		const letter = (await lettersTo(env, email)).at(-1);
		if (letter) return letter;
	}
	throw new Error(`no letter came for ${email}`);
}

/** Signs somebody up and follows the link in the letter. Answers their client, signed in. */
export async function welcome(env: Environment, person = newcomer()) {
	const client = visitor(env);
	const { username, email, fullName } = person;
	const signUp = await client.auth.signUp({
		email,
		password,
		options: { data: { username, full_name: fullName } }
	});
	if (signUp.error) throw signUp.error;
	const link = linkIn(await letterTo(env, email));
	const verified = await client.auth.verifyOtp({ token_hash: link.searchParams.get('token_hash')!, type: 'signup' });
	if (verified.error) throw verified.error;
	return { ...person, client, session: verified.data.session! };
}

/** Where the letter's button leads. */
export function linkIn(letter: Letter): URL {
	const href = /href="([^"]*token_hash[^"]*)"/.exec(letter.html)?.[1];
	if (!href) throw new Error(`the letter has no link:\n${letter.html}`);
	return new URL(href.replaceAll('&amp;', '&'));
}
