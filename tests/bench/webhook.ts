import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import type { Stack } from '../support/stack.ts';
import { signedForm } from '../support/twilio.ts';
import { serve } from './deno.ts';
import { alternate, quantile, timed, type Result } from './measure.ts';
import { scene } from './scene.ts';
import { flood, wired } from './webhook-flood.ts';

// as an address in production is, without a port: with one, Twilio's own function signs twice, and the floor is too low
const publicUrl = 'https://sms.example.com/functions/v1/twilio/inbound';
const atOnce = 16;
// short rounds and many: what else the machine does then hits both sides alike
const perRound = 1000;
const rounds = 21;
const stored = 1200;

type Form = ReturnType<typeof signedForm>;
type Env = Stack['env'];

/**
 * A signed webhook: the function with its database stubbed against a bare handler that only checks the signature, each a
 * Deno of its own; and the whole way through the stack, gateway and database included.
 */
export async function webhook(stack: Stack): Promise<Result[]> {
	return [await stubbed({ ...stack.env, TWILIO_INBOUND_URL: publicUrl }), await withDatabase(stack)];
}

async function stubbed(env: Env): Promise<Result> {
	const floor = await served('tests/bench/webhook-floor.ts', env);
	const candidate = await served('tests/bench/webhook-stubbed.ts', env);
	const forms = signedTexts(env, '+14155550142', 500);
	const round = (url: string) => {
		const requests = wired(url, forms);
		return () => timed(() => flood(url, requests, perRound, atOnce));
	};
	try {
		const medians = await alternate(rounds, round(floor.url), round(candidate.url));
		const ratio = medians.floor / medians.candidate;
		return {
			name: 'signed webhook, database stubbed: requests per second against a bare signed handler',
			ratio,
			bar: '≥ 0.7',
			holds: ratio >= 0.7,
			figures: {
				'bare handler per second': (perRound * 1000) / medians.floor,
				'webhook per second': (perRound * 1000) / medians.candidate
			}
		};
	} finally {
		await Promise.all([floor.stop(), candidate.stop()]);
	}
}

async function withDatabase({ env, sql }: Stack): Promise<Result> {
	const { organization, number } = await scene({ env, sql });
	await storm(env.TWILIO_INBOUND_URL, signedTexts(env, number.e164, 200));
	const took = await storm(env.TWILIO_INBOUND_URL, signedTexts(env, number.e164, stored));
	const [row] = await sql<{ count: number }[]>`
		select count(*)::int as count from public.messages where organization_id = ${organization.id}`;
	const p99 = quantile(took, 0.99);
	return {
		name: `signed webhook through the stack, ${atOnce} in flight: acknowledgement`,
		ratio: null,
		bar: 'p99 ≤ 150 ms, every text stored',
		holds: p99 <= 150 && row?.count === stored + 200,
		figures: {
			'p50 ms': quantile(took, 0.5),
			'p95 ms': quantile(took, 0.95),
			'p99 ms': p99,
			'max ms': Math.max(...took),
			rows: row?.count ?? 0
		}
	};
}

/** Inbound texts from forty handsets, signed beforehand so that the sender's work is not measured. */
function signedTexts(env: Env, to: string, count: number): Form[] {
	return Array.from({ length: count }, (_, at) => {
		const sid = `SM${randomUUID().replaceAll('-', '')}`;
		return signedForm(env, env.TWILIO_INBOUND_URL, {
			ToCountry: 'US',
			ToState: 'CA',
			SmsMessageSid: sid,
			NumMedia: '0',
			ToCity: 'SAN FRANCISCO',
			FromZip: '98101',
			SmsSid: sid,
			FromState: 'WA',
			SmsStatus: 'received',
			FromCity: 'SEATTLE',
			Body: `Could we drop our bags at the desk before noon? ${at}`,
			FromCountry: 'US',
			To: to,
			NumSegments: '1',
			MessageSid: sid,
			AccountSid: env.TWILIO_ACCOUNT_SID,
			From: `+1206555${String(1000 + (at % 40))}`,
			ApiVersion: '2010-04-01'
		});
	});
}

/** Posts all of them, `atOnce` at a time on kept connections. Answers what each took, in milliseconds. */
async function storm(url: string, forms: Form[]): Promise<number[]> {
	const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
	const took: number[] = [];
	const waiting = forms.values();
	const senders = Array.from({ length: atOnce }, async () => {
		for (const form of waiting) {
			const sent = performance.now();
			const status = await post(url, form, agent);
			if (status !== 200) throw new Error(`a webhook was answered ${status}`);
			took.push(performance.now() - sent);
		}
	});
	await Promise.all(senders).finally(() => agent.destroy());
	return took;
}

function post(url: string, { headers, body }: Form, agent: Agent): Promise<number> {
	return new Promise((done, fail) => {
		const length = { 'content-length': String(Buffer.byteLength(body)) };
		request(url, { method: 'POST', agent, headers: { ...headers, ...length } }, (response) => {
			response.resume().once('end', () => done(response.statusCode ?? 0));
		})
			.once('error', fail)
			.end(body);
	});
}

/** The function, or its floor, in a Deno of its own. */
function served(file: string, env: Env) {
	const { TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_INBOUND_URL } = env;
	return serve({
		...{ file, like: 'twilio', path: '/twilio/inbound' },
		env: { TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_INBOUND_URL }
	});
}
