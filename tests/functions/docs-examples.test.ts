/** The files that the guides show, run as a reader runs them: with a key, against the stack. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { createNumber, createOrganization, createPerson, inventNumber } from '../support/people.ts';
import { jpeg } from '../support/pictures.ts';
import { stack } from '../support/shared-stack.ts';
import { createKey } from './api-keys.ts';

const { env, sql } = stack;
const run = promisify(execFile);
const example = (name: string) => fileURLToPath(new URL(`../../docs/examples/${name}`, import.meta.url));

test('R7.1 the examples of the guides work: curl, openapi-fetch and supabase-js send a text each, and a picture', async () => {
	const owner = await createPerson(sql, env);
	const { id: organizationId } = await createOrganization(sql, { owner });
	const number = await createNumber(sql, null, { organizationId });
	const folder = await mkdtemp(join(tmpdir(), 'guides-'));
	onTestFinished(() => rm(folder, { recursive: true }));
	const picture = join(folder, 'table.jpg');
	await writeFile(picture, jpeg);
	const { key } = await createKey(sql, organizationId, { scopes: ['messages:read', 'messages:write', 'numbers:read'] });
	const guest = inventNumber();
	const variables = {
		...process.env,
		API_URL: `${env.SUPABASE_URL}/functions/v1/api`,
		API_KEY: key,
		FROM: number.e164,
		TO: guest,
		PICTURE: picture
	};
	const printed = async (program: string, name: string) =>
		(await run(program, [example(name)], { env: variables, timeout: 60_000 })).stdout;
	expect(JSON.parse(await printed('sh', 'first-text.sh'))).toMatchObject({ to: guest, body: 'Your table is ready.' });
	expect(await printed(process.execPath, 'first-text.mts')).toMatch(/^[0-9a-f-]{36} (queued|sending|sent|delivered)/);
	expect(await printed(process.execPath, 'supabase-js.mts')).toContain('Your table is ready.');
	// twice: with curl, and with TypeScript, which has it back
	expect(JSON.parse(await printed('sh', 'picture.sh'))).toMatchObject({ attachments: [{ name: 'table.jpg' }] });
	expect(await printed(process.execPath, 'picture.mts')).toMatch(/^table\.jpg image\/jpeg \d+\n$/);
	const [stored] = await sql`
		select count(*)::int as texts from public.messages where organization_id = ${organizationId} and api_key_id is not null`;
	expect(stored?.texts).toBe(5);
});

test('R7.1 the example that sends a picture ends with the first refusal, and prints it', async () => {
	const folder = await mkdtemp(join(tmpdir(), 'guides-'));
	onTestFinished(() => rm(folder, { recursive: true }));
	const picture = join(folder, 'table.jpg');
	await writeFile(picture, jpeg);
	const ended = await run('sh', [example('picture.sh')], {
		env: {
			...process.env,
			API_URL: `${env.SUPABASE_URL}/functions/v1/api`,
			API_KEY: 'nobody',
			FROM: inventNumber(),
			TO: inventNumber(),
			PICTURE: picture
		}
	}).catch((error: { code: number; stdout: string; stderr: string }) => error);
	expect(ended).toMatchObject({ code: 1, stdout: '' });
	expect(ended.stderr.match(/"code":"\w+"/g)).toEqual(['"code":"unauthorized"']);
});

test('R7.1 the example reads a webhook that we signed, and none that was changed on its way', async () => {
	const { read } = (await import(/* @vite-ignore */ example('verify-webhook.mts'))) as {
		read: (request: Request, secret: string) => Promise<{ type: string } | null>;
	};
	const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
	const now = new Date();
	const body = JSON.stringify({ type: 'message.received', data: {} });
	const delivery = (text: string) =>
		new Request('https://you.example', {
			method: 'POST',
			body: text,
			headers: {
				'webhook-id': 'one',
				'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
				'webhook-signature': new Webhook(secret).sign('one', now, body)
			}
		});
	expect(await read(delivery(body), secret)).toMatchObject({ type: 'message.received' });
	expect(await read(delivery(body.replace('received', 'sent')), secret)).toBeNull();
});
