import { spawn, type ChildProcess } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { account, sdk, startCarrier, startCustomer, temporaryFolder, until } from '../support/carrier.ts';

const number = '+14155550142';
const handset = '+12125550107';

/** The carrier as the stack runs it: a process of its own, which says when it is ready. */
async function spawnCarrier(folder: string) {
	const child: ChildProcess = spawn(process.execPath, ['stack/carrier/main.ts'], {
		env: {
			PATH: process.env.PATH,
			PORT: '0',
			STACK_DIR: folder,
			TWILIO_ACCOUNT_SID: account.accountSid,
			TWILIO_AUTH_TOKEN: account.authToken,
			CARRIER_SENT_MS: '20',
			CARRIER_DELIVERED_MS: '400'
		},
		stdio: ['ignore', 'pipe', 'pipe', 'ipc']
	});
	let complaints = '';
	child.stderr?.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
	const lines: string[] = [];
	createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line));
	const ready = await until(() => lines.find((line) => line.startsWith('ready ')));
	const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
	return { child, lines, gone, complaints: () => complaints, url: `http://127.0.0.1:${ready.slice(6)}` };
}

test('killed by -9 it forgets nothing: numbers, texts, opt-outs, and the callbacks still to come', async () => {
	const folder = temporaryFolder();
	await using customer = await startCustomer();
	const first = await spawnCarrier(folder);
	const before = sdk(first.url);
	await before.incomingPhoneNumbers.create({ phoneNumber: number, smsUrl: customer.url, friendlyName: 'Desk' });
	const say = (body: string, from: string) =>
		fetch(`${first.url}/handsets/${from}/texts`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ to: number, body })
		});
	await say('STOP', '+12125550108');
	const { sid } = await before.messages.create({ to: handset, from: number, body: 'Hi', statusCallback: customer.url });
	await until(() => customer.hooks.find(({ parameters }) => parameters.MessageStatus === 'sent'));
	first.child.kill('SIGKILL');
	await first.gone;

	const second = await spawnCarrier(folder);
	const after = sdk(second.url);
	await until(() => customer.hooks.find(({ parameters }) => parameters.MessageStatus === 'delivered'));
	expect((await after.messages(sid).fetch()).status).toBe('delivered');
	expect(await after.incomingPhoneNumbers.list()).toMatchObject([{ phoneNumber: number, friendlyName: 'Desk' }]);
	await expect(after.messages.create({ to: '+12125550108', from: number, body: 'Hi' })).rejects.toMatchObject({
		code: 21610
	});
	second.child.kill('SIGTERM');
	expect(await second.gone).toBe(0);
	expect(first.complaints() + second.complaints()).toBe('');
	expect([...first.lines, ...second.lines].join()).not.toContain(account.authToken);
	rmSync(folder, { recursive: true });
});

test('it ends when its parent hangs up', async () => {
	const folder = temporaryFolder();
	const carrier = await spawnCarrier(folder);
	carrier.child.disconnect();
	expect(await carrier.gone).toBe(0);
	rmSync(folder, { recursive: true });
});

test('a webhook that nobody took before the restart is sent after it, with the token it had', async () => {
	const folder = temporaryFolder();
	let answer = 503;
	await using customer = await startCustomer(() => answer);
	const first = await startCarrier({ folder, pace: { retries: [300] } });
	await first.client.incomingPhoneNumbers.create({ phoneNumber: number, smsUrl: `${customer.url}#rp=5xx` });
	await first.json('POST', `/handsets/${handset}/texts`, { to: number, body: 'Hi' });
	await until(() => first.lines.some((line) => line.includes('attempt 1: 503')));
	await first.stop();

	answer = 200;
	await using second = await startCarrier({ folder });
	await until(() => second.lines.some((line) => line.includes('attempt 2: 200')));
	const [one, two] = customer.hooks.map(({ headers }) => headers['i-twilio-idempotency-token']);
	expect(one).toBe(two);
	expect(customer.hooks).toHaveLength(2);
});
