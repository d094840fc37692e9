import { randomUUID } from 'node:crypto';
import type { Stack } from '../support/stack.ts';
import { signedForm } from '../support/twilio.ts';
import { quantile, type Result } from './measure.ts';
import { scene } from './scene.ts';

const texts = 400;
const copies = 5;
const atOnce = 50;

/** 400 texts, each delivered five times, shuffled, 50 at once: how long the carrier waits for its answer. */
export async function storm({ env, sql }: Stack): Promise<Result> {
	const { organization, number } = await scene({ env, sql });
	const deliveries = Array.from({ length: texts }, (_, i) => ({
		MessageSid: `SM${randomUUID().replaceAll('-', '')}`,
		AccountSid: env.TWILIO_ACCOUNT_SID,
		From: `+1628556${String(1000 + (i % 40))}`,
		To: number.e164,
		Body: `Storm text ${i}`,
		NumSegments: '1',
		NumMedia: '0'
	}))
		.flatMap((text) => Array.from({ length: copies }, () => text))
		.sort(() => Math.random() - 0.5);
	const waits: number[] = [];
	const refused: number[] = [];
	const start = performance.now();
	const senders = Array.from({ length: atOnce }, async () => {
		for (let text = deliveries.pop(); text; text = deliveries.pop()) {
			const sent = performance.now();
			const response = await fetch(env.TWILIO_INBOUND_URL, signedForm(env, env.TWILIO_INBOUND_URL, text));
			await response.text();
			waits.push(performance.now() - sent);
			if (response.status !== 200) refused.push(response.status);
		}
	});
	await Promise.all(senders);
	const took = performance.now() - start;
	const [row] =
		await sql`select count(*)::int as stored from public.messages where organization_id = ${organization.id}`;
	const p99 = quantile(waits, 0.99);
	const max = Math.max(...waits);
	return {
		name: 'webhook storm, 400 texts × 5, 50 at once: acknowledgement',
		ratio: null,
		bar: 'p99 < 1000 ms, all < 5000 ms, 400 rows',
		holds: p99 < 1000 && max < 5000 && row?.stored === texts && refused.length === 0,
		figures: {
			'p50 ms': quantile(waits, 0.5),
			'p99 ms': p99,
			'max ms': max,
			rows: Number(row?.stored),
			'webhooks per second': (texts * copies * 1000) / took
		}
	};
}
