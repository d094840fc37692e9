import { describe, expect, test } from 'vitest';
import { createDatabase } from '../../supabase/functions/_shared/database.ts';
import { createApp } from '../../supabase/functions/twilio/app.ts';
import { stack } from '../support/shared-stack.ts';
import { signedForm } from '../support/twilio.ts';
import { inboundFields, makeHandset, makeSid, openTwilio } from './doors.ts';

const { env, sql } = stack;
const twilio = openTwilio(env);

/** A text to a number nobody owns: what the door does with it does not depend on what is behind. */
const fields = (sid = makeSid()) => inboundFields(env, { from: makeHandset(), to: makeHandset(), body: 'Hello', sid });
const request = (init: RequestInit, app = twilio.app) => app.request('/twilio/inbound', init);
const signed = (form: Record<string, string> = fields()) => signedForm(env, env.TWILIO_INBOUND_URL, form);
const events = (sid: string) => sql`select outcome from private.provider_events where event_key like ${'%' + sid}`;

test('the carrier is answered with an empty TwiML document', async () => {
	const response = await request(signed());
	expect(response.status).toBe(200);
	expect(response.headers.get('content-type')).toMatch(/^text\/xml/);
	expect(await response.text()).toBe('<Response/>');
});

describe('who did not sign for this address is refused', () => {
	test.each([
		['nothing', undefined],
		['nonsense', 'bm90IGEgc2lnbmF0dXJl'],
		['an empty signature', '']
	])('%s', async (_what, signature) => {
		const sid = makeSid();
		const { headers, ...init } = signed(fields(sid));
		const { 'x-twilio-signature': _old, ...rest } = headers;
		const response = await request({
			...init,
			headers: { ...rest, ...(signature && { 'x-twilio-signature': signature }) }
		});
		expect(response.status).toBe(403);
		expect(twilio.lines.find(({ event }) => event === 'signature_refused')?.fields).toMatchObject({
			route: '/twilio/inbound'
		});
		expect(await events(sid)).toHaveLength(0);
	});

	test('a signature made for another URL', async () => {
		const response = await request(signedForm(env, env.TWILIO_STATUS_URL, fields()));
		expect(response.status).toBe(403);
	});

	test('a signature over other parameters', async () => {
		const init = signed();
		expect((await request({ ...init, body: `${init.body}&Body=changed` })).status).toBe(403);
	});

	test('a signature made with another token', async () => {
		expect((await twilio.post('inbound', fields(), '', 'f'.repeat(32))).status).toBe(403);
	});

	test('a signature made for the host that a request or a proxy claims', async () => {
		const claimed = 'https://evil.example/twilio/inbound';
		const init = signedForm(env, claimed, fields());
		const headers = {
			...init.headers,
			host: 'evil.example',
			'x-forwarded-host': 'evil.example',
			'x-forwarded-proto': 'https'
		};
		expect((await twilio.app.request(claimed, { ...init, headers })).status).toBe(403);
	});

	test('nothing of a refused request is logged but its path', async () => {
		await request({ ...signed(), headers: { 'content-type': 'application/x-www-form-urlencoded' } });
		const line = JSON.stringify(twilio.lines.at(-1));
		expect(line).not.toMatch(/Hello|\+44/);
		expect(line).not.toContain(env.TWILIO_AUTH_TOKEN);
	});
});

test.each(['TWILIO_AUTH_TOKEN', 'TWILIO_INBOUND_URL'])('without %s the door stays shut', async (name) => {
	const shut = openTwilio(env, { [name]: '' });
	expect((await request(signed(), shut.app)).status).toBe(403);
	expect(
		(await request(signedForm({ TWILIO_AUTH_TOKEN: '' }, env.TWILIO_INBOUND_URL, fields()), shut.app)).status
	).toBe(403);
});

test('while the token is being changed, the old and the new one both sign', async () => {
	const rotating = openTwilio(env, { TWILIO_AUTH_TOKEN: `${'a'.repeat(32)}, ${env.TWILIO_AUTH_TOKEN}` });
	expect((await request(signed(), rotating.app)).status).toBe(200);
	const next = signedForm({ TWILIO_AUTH_TOKEN: 'a'.repeat(32) }, env.TWILIO_INBOUND_URL, fields());
	expect((await request(next, rotating.app)).status).toBe(200);
});

test('the same parameters in another order are signed as well', async () => {
	const init = signed();
	const reversed = new URLSearchParams([...new URLSearchParams(init.body)].reverse()).toString();
	expect(reversed).not.toBe(init.body);
	expect((await request({ ...init, body: reversed })).status).toBe(200);
});

test.each(['application/json', 'multipart/form-data; boundary=x', 'text/plain', ''])(
	'%j is not a form',
	async (type) => {
		const init = signed();
		expect((await request({ ...init, headers: { ...init.headers, 'content-type': type } })).status).toBe(415);
	}
);

test('more than 64 kB are refused, said so or not', async () => {
	const long = { ...fields(), Body: 'w'.repeat(64 * 1024) };
	expect((await request(signed(long))).status).toBe(413);

	let sent = 0;
	const endless = new ReadableStream<Uint8Array>({
		pull(controller) {
			sent += 1024;
			controller.enqueue(new Uint8Array(1024).fill(0x77));
		}
	});
	const { headers } = signed();
	expect((await request({ method: 'POST', headers, body: endless, duplex: 'half' } as RequestInit)).status).toBe(413);
	expect(sent).toBeLessThan(80 * 1024);
});

test('a request without what every text has is malformed', async () => {
	const { MessageSid: _1, SmsSid: _2, SmsMessageSid: _3, ...rest } = fields();
	expect((await request(signed(rest))).status).toBe(400);
	const { From: _4, ...anonymous } = fields();
	expect((await request(signed(anonymous))).status).toBe(400);
	expect((await request(signed({ ...fields(), MessageSid: 'S'.repeat(500) }))).status).toBe(400);
});

test('while the database is away, the carrier is asked to come again', async () => {
	const database = createDatabase('postgres://edge:none@127.0.0.1:1/postgres');
	const app = createApp({ env, database, log: () => undefined });
	const response = await request(signed(), app);
	expect(response.status).toBe(503);
	expect(response.headers.get('content-type')).toBe('application/problem+json');
	expect(await response.json()).toMatchObject({ code: 'unavailable', status: 503 });
});

test('what is no door is not found', async () => {
	expect((await twilio.app.request('/twilio/inbound')).status).toBe(404);
	expect((await twilio.app.request('/twilio/other', { method: 'POST' })).status).toBe(404);
});

test('R6.7 whoever is refused is counted for the operators with address and reason', async () => {
	const address = `198.51.100.${Math.floor(Math.random() * 250)}`;
	const { headers, ...init } = signed();
	const knock = () =>
		request({ ...init, headers: { ...headers, 'x-twilio-signature': 'wrong', 'x-forwarded-for': address } });
	for (let times = 3; times > 0; times -= 1) expect((await knock()).status).toBe(403);
	const counted = async () =>
		(
			await sql<{ path: string; reason: string; times: number }[]>`
				select path, reason, sum(times)::int as times from private.refused_events
				where host(address) = ${address} group by 1, 2`
		).map(({ path, reason, times }) => `${path} ${reason} ${times}`);
	await expect.poll(counted, { timeout: 10_000 }).toEqual(['/twilio/inbound wrong 3']);
});
