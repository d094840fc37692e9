import { execFile } from 'node:child_process';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createLog } from '../../supabase/functions/_shared/http/log.ts';
import { createApp as createLetters } from '../../supabase/functions/letters/app.ts';
import { collect, type Lines } from './doors.ts';

const run = promisify(execFile);
const file = fileURLToPath(new URL('../../supabase/functions/_shared/http/log.ts', import.meta.url));

function listen() {
	const writes: string[] = [];
	const lines = () => writes.flatMap((write) => write.split('\n')).map((line) => JSON.parse(line) as object);
	return { writes, lines, log: createLog('twilio', (write) => writes.push(write)) };
}

test('a line is JSON: its time, who speaks, what happened, and the fields', async () => {
	const { log, lines } = listen();
	log('inbound', { message_sid: 'SM1', late: true, count: 2, error_code: null, outcome: undefined });
	log('plain');
	log('empty', { outcome: undefined });
	log('odd', { text: 'a "quoted"\nline\u2028\0' });
	await turn();
	const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string;
	expect(lines()).toEqual([
		{ at, function: 'twilio', event: 'inbound', message_sid: 'SM1', late: true, count: 2, error_code: null },
		{ at, function: 'twilio', event: 'plain' },
		{ at, function: 'twilio', event: 'empty' },
		{ at, function: 'twilio', event: 'odd', text: 'a "quoted"\nline\u2028\0' }
	]);
});

test('the time of a line is the time at which it was said', async () => {
	const { log, lines } = listen();
	const before = Date.now();
	log('first');
	while (Date.now() < before + 5);
	const between = Date.now();
	log('second');
	await turn();
	const [first, second] = lines().map((line) => Date.parse((line as { at: string }).at));
	expect(first).toBeLessThan(between);
	expect(second).toBeGreaterThanOrEqual(between);
});

test('the lines of one turn are written together, in order, when it ends', async () => {
	const { log, writes, lines } = listen();
	for (let n = 0; n < 10; n += 1) log('inbound', { n });
	expect(writes).toHaveLength(0);
	await turn();
	expect(writes).toHaveLength(1);
	expect(lines()).toMatchObject(Array.from({ length: 10 }, (_, n) => ({ n })));
	log('later');
	await turn();
	expect(writes).toHaveLength(2);
});

test('an error waits for nothing, and what was said before it comes first', async () => {
	const { log, writes, lines } = listen();
	log('inbound');
	log('failed', { error: 'Error away' });
	expect(lines()).toMatchObject([{ event: 'inbound' }, { event: 'failed', error: 'Error away' }]);
	await turn();
	expect(writes).toHaveLength(1);
});

test('what waits is bounded, and no write is longer than a host keeps', async () => {
	const { log, writes, lines } = listen();
	for (let n = 0; n < 1000; n += 1) log('inbound', { n });
	expect(writes.length).toBeGreaterThan(1);
	await turn();
	expect(lines()).toMatchObject(Array.from({ length: 1000 }, (_, n) => ({ n })));
	for (const write of writes) expect(write.length).toBeLessThan(10_000);
});

test.each(['', 'process.exit(0);'])('a process that ends with %j has written all it said', async (end) => {
	const source = `import { createLog } from ${JSON.stringify(file)};
		const log = createLog('twilio');
		log('inbound', { n: 1 });
		log('inbound', { n: 2 });
		${end}`;
	const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', source]);
	expect(stdout.trim().split('\n')).toHaveLength(2);
});

test('R6.7 the line of a request names its route and never its address, which can hold a secret', async () => {
	const lines: Lines = [];
	const database = {
		unsubscribe: (token: string) =>
			Promise.resolve(token === 'a secret of its reader' ? { about: 'texts', organization_name: 'Tidewater' } : null)
	};
	const app = createLetters({ env: {}, database, log: collect(lines) });
	const ask = (token: string) => app.request(`/letters/unsubscribe/${encodeURIComponent(token)}`, { method: 'POST' });
	const answers = [
		await ask('a secret of its reader'),
		await ask('a secret of nobody'),
		await app.request('/letters/else')
	];
	expect(lines.map(({ event, fields }) => ({ event, ...fields }))).toEqual(
		[
			{ route: '/letters/unsubscribe/{token}', method: 'POST', status: 204 },
			{ route: '/letters/unsubscribe/{token}', method: 'POST', status: 404 },
			{ route: null, method: 'GET', status: 404 }
		].map((line, place) => ({
			event: 'answered',
			request_id: answers[place]?.headers.get('x-request-id'),
			ms: expect.any(Number) as number,
			...line
		}))
	);
});
