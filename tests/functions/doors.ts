import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { createDatabase } from '../../supabase/functions/_shared/database.ts';
import type { Log } from '../../supabase/functions/_shared/http/log.ts';
import { createApp } from '../../supabase/functions/twilio/app.ts';
import type { Environment } from '../support/stack.ts';
import { signedForm } from '../support/twilio.ts';

type Fields = Record<string, string>;

/** What a function logged, for tests that read it. */
export type Lines = { event: string; fields: object }[];

export function collect(lines: Lines): Log {
	return (event, fields = {}) => lines.push({ event, fields });
}

/** The twilio function as Vitest runs it, on the stack's database as the role it has when deployed. */
export function openTwilio(env: Environment, overrides: Partial<Environment> = {}) {
	const lines: Lines = [];
	const database = createDatabase(env.EDGE_DATABASE_URL);
	const app = createApp({ env: { ...env, ...overrides }, database, log: collect(lines) });
	const post = (path: 'inbound' | 'status', fields: Fields, query = '', token = env.TWILIO_AUTH_TOKEN) => {
		const url = (path === 'inbound' ? env.TWILIO_INBOUND_URL : env.TWILIO_STATUS_URL) + query;
		return app.request(`/twilio/${path}${query}`, signedForm({ TWILIO_AUTH_TOKEN: token }, url, fields));
	};
	return {
		app,
		lines,
		database,
		inbound: (fields: Fields) => post('inbound', fields),
		status: (fields: Fields, messageId?: string) =>
			post('status', fields, messageId === undefined ? '' : `?message=${messageId}`),
		post
	};
}

export function makeSid(prefix = 'SM'): string {
	return prefix + randomBytes(16).toString('hex');
}

/** A handset's number that nobody else has: what a plan includes covers texts to it. */
export function makeHandset(): string {
	return `+1628${randomInt(2_000_000, 10_000_000)}`;
}

/** The fields of an inbound text as the carrier sends them. */
export function inboundFields(
	env: Environment,
	text: { from: string; to: string; body: string; sid?: string }
): Fields & { MessageSid: string } {
	const sid = text.sid ?? makeSid();
	return {
		ToCountry: 'US',
		SmsMessageSid: sid,
		NumMedia: '0',
		SmsSid: sid,
		SmsStatus: 'received',
		Body: text.body,
		FromCountry: 'US',
		To: text.to,
		NumSegments: '1',
		MessageSid: sid,
		AccountSid: env.TWILIO_ACCOUNT_SID,
		From: text.from,
		ApiVersion: '2010-04-01'
	};
}

/** The fields of a delivery receipt. */
export function receiptFields(env: Environment, sid: string, status: string, errorCode?: string): Fields {
	return {
		MessageSid: sid,
		SmsSid: sid,
		MessageStatus: status,
		SmsStatus: status,
		AccountSid: env.TWILIO_ACCOUNT_SID,
		ApiVersion: '2010-04-01',
		...(errorCode && { ErrorCode: errorCode })
	};
}

/** Sends a text as a person does: through the Data API, with their token. */
export async function sendText(env: Environment, person: { accessToken: string }, args: Record<string, unknown>) {
	const response = await fetch(`${env.SUPABASE_URL}/rest/v1/rpc/send_message`, {
		method: 'POST',
		headers: {
			apikey: env.SUPABASE_PUBLISHABLE_KEY,
			authorization: `Bearer ${person.accessToken}`,
			'content-type': 'application/json',
			'content-profile': 'api'
		},
		body: JSON.stringify({ idempotency_key: crypto.randomUUID(), ...args })
	});
	if (!response.ok) throw new Error(`send_message answered ${response.status}: ${await response.text()}`);
	return (await response.json()) as { id: string; conversation_id: string; status: string; created_at: string };
}

/** The texts a handset has received and sent, as the carrier's simulator tells them. */
export async function textsOf(env: Environment, handset: string) {
	const response = await fetch(`${env.CARRIER_URL}/handsets/${encodeURIComponent(handset)}/texts`);
	return (await response.json()) as { sid: string; direction: string; body: string; from: string; status: string }[];
}

/** The bodies of the texts the carrier took for a number, in whatever state, newest first. */
export const takenFor = async (env: Environment, recipient: string): Promise<string[]> =>
	(await carriersTexts(env, recipient)).map(({ body }) => body);

/** The texts the carrier took for a number, newest first. */
export async function carriersTexts(env: Environment, recipient: string): Promise<{ body: string; status: string }[]> {
	const account = `${env.TWILIO_ACCOUNT_SID}:${env.TWILIO_AUTH_TOKEN}`;
	const query = new URLSearchParams({ To: recipient, PageSize: '100' });
	const response = await fetch(
		`${env.CARRIER_URL}/2010-04-01/Accounts/${env.TWILIO_ACCOUNT_SID}/Messages.json?${query}`,
		{ headers: { authorization: `Basic ${btoa(account)}` } }
	);
	return ((await response.json()) as { messages: { body: string; status: string }[] }).messages;
}

/** Orders a bad day of the carrier. */
export async function orderFault(env: Environment, fault: Record<string, unknown>): Promise<void> {
	const response = await fetch(`${env.CARRIER_URL}/faults`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(fault)
	});
	if (!response.ok) throw new Error(await response.text());
}

/** Asks until the answer fits, for at most so many seconds; gives the last answer either way. */
export async function eventually<Answer>(
	ask: () => Promise<Answer>,
	fits: (answer: Answer) => boolean,
	seconds = 15
): Promise<Answer> {
	const end = Date.now() + seconds * 1000;
	for (;;) {
		const answer = await ask();
		if (fits(answer) || Date.now() > end) return answer;
		await pause(50);
	}
}

/** Makes what waits due now, as time would, and rings. `leased` takes jobs away from workers, as the end of a lease would. */
export async function ring(env: Environment, sql: Sql, { leased = false } = {}): Promise<number> {
	await sql`
		update private.jobs set run_at = now(), leased_until = case when not ${leased} then leased_until end
		where completed_at is null and parked_at is null`;
	const headers = { authorization: `Bearer ${env.WORKER_SECRET}` };
	return (await fetch(env.WORKER_URL, { method: 'POST', headers })).status;
}

/** The last of so many measured milliseconds in a hundred. */
export function percentile(milliseconds: readonly number[], percent: number): number {
	const sorted = [...milliseconds].sort((a, b) => a - b);
	return Math.round(sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? NaN);
}
