import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import { letterTo, newcomer, password, visitor } from './newcomer.ts';

const { env } = stack;

async function signUp(): Promise<string> {
	const { email, username } = newcomer();
	await visitor(env).auth.signUp({ email, password, options: { data: { username } } });
	return email;
}

test('the letter is the one of supabase/templates: HTML alone, and no link into Auth itself', async () => {
	const email = await signUp();
	const letter = await letterTo(env, email);
	expect(letter.subject).toBe('Confirm your e-mail address');
	expect(letter.html).toContain(email);
	expect(letter.html).not.toContain('{{');
	expect(`${letter.html}${letter.text ?? ''}`).not.toContain('/auth/v1/verify');
});

test('a letter can be thrown away through the catcher’s REST', async () => {
	const { id } = await letterTo(env, await signUp());
	expect((await fetch(`${env.MAIL_URL}/email/${id}`, { method: 'DELETE' })).status).toBe(200);
	expect((await fetch(`${env.MAIL_URL}/email/${id}`)).status).toBe(404);
});

test('SMTP listens two ports above the page, on this machine alone', async () => {
	const port = Number(new URL(env.MAIL_URL).port) + 2;
	const greeting = await new Promise<string>((done, fail) => {
		const socket = connect(port, '127.0.0.1').once('error', fail);
		socket.once('data', (text) => {
			socket.destroy();
			done(text.toString());
		});
	});
	expect(greeting).toMatch(/^220 /);
});
