import { expect, test } from '@playwright/test';
import { env, folder, signIn, team } from '../support/browsers.ts';
import { logsOf } from '../support/logs.ts';

type Line = Record<string, unknown>;

/** The lines of all rooms that hold a word, such as a request's id, in the order of their times. */
function linesOf(word: string): Line[] {
	return logsOf(folder)
		.flatMap(({ text }) => text.split('\n'))
		.filter((line) => line.includes(word))
		.flatMap((line) => /\{"at":.*\}$/.exec(line)?.[0] ?? [])
		.map((line) => JSON.parse(line) as Line)
		.sort((one, other) => String(one.at).localeCompare(String(other.at)));
}

/** The line of the job that handed a request's text to the carrier. */
async function handedOver(request: string): Promise<Line> {
	const find = () => linesOf(request).find(({ kind, outcome }) => kind === 'send_message' && outcome === 'sent');
	await expect.poll(find, { timeout: 20_000 }).toBeDefined();
	return find() as Line;
}

const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
const sid = expect.stringMatching(/^SM[0-9a-f]{32}$/);
const ms = expect.any(Number);

test('R6.7 a text is followed by one id from the browser’s request to the carrier and back, and by API', async ({
	browser
}) => {
	const { owner, organization, number, handset } = await team();
	const { page, context } = await signIn(browser, owner);
	await handset.text(number.e164, 'Is the garage still open at nine?');
	await page.goto(`/${organization.slug}/inbox`);
	await page.getByRole('navigation', { name: 'Conversations' }).getByText('Is the garage still open at nine?').click();
	await page.getByRole('textbox', { name: 'Text' }).fill('Yes, until eleven.');
	const answer = page.waitForResponse(
		(response) => response.request().method() === 'POST' && response.url().includes('?/send')
	);
	await page.getByRole('button', { name: 'Send', exact: true }).click();
	const request = (await (await answer).allHeaders())['x-request-id'] ?? '';
	expect(request).toMatch(/^[0-9a-f-]{36}$/);

	const job = await handedOver(request);
	const ended = { ms, outcome: 'sent', message_sid: sid };
	expect(job).toMatchObject({ at, function: 'worker', event: 'job', request_id: request, attempt: 1, ...ended });
	const [asked] = linesOf(request).filter(({ function: room }) => room === 'web');
	const route = expect.stringMatching(/^\/\(member\)\/\[slug\]\/inbox/);
	expect(asked).toEqual({
		at,
		function: 'web',
		event: 'answered',
		request_id: request,
		route,
		method: 'POST',
		status: 200,
		ms
	});

	// what the carrier says of it has requests of its own, and the text's name
	const told = () => linesOf(String(job.message_sid)).filter(({ event }) => event === 'status');
	await expect.poll(() => told().map(({ status }) => status)).toContain('delivered');
	for (const { request_id } of told()) {
		const said = { function: 'twilio', event: 'answered', route: '/twilio/status', method: 'POST', status: 200 };
		expect(linesOf(String(request_id))).toContainEqual({ at, request_id, ms, ...said });
	}

	const own = await context.request.get('/session/token');
	const { access_token: token } = (await own.json()) as { access_token: string };
	const [conversation] = new URL(page.url()).pathname.split('/').slice(-1);
	const sent = await context.request.post(`${env.SUPABASE_URL}/functions/v1/api/v1/messages`, {
		headers: { authorization: `Bearer ${token}`, 'x-request-id': 'a-name-of-their-own', 'idempotency-key': 'once' },
		data: { organization_id: organization.id, conversation_id: conversation, body: 'And the gate?' }
	});
	expect(sent.status(), await sent.text()).toBe(201);
	const ours = sent.headers()['x-request-id'] ?? '';
	expect(await handedOver(ours)).toMatchObject({ function: 'worker', request_id: ours, message_sid: sid });
	const said = { event: 'answered', route: '/v1/messages', method: 'POST', status: 201, via: 'a-name-of-their-own' };
	await expect.poll(() => linesOf(ours)).toContainEqual({ at, function: 'api', request_id: ours, ms, ...said });

	const all = [request, ours].flatMap((id) => linesOf(id)).map((line) => JSON.stringify(line));
	for (const secret of ['until eleven', 'the gate', handset.e164, token]) expect(all.join('\n')).not.toContain(secret);
	await context.close();
});
