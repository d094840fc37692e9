import postgres from 'postgres';
import { randomUUID } from 'node:crypto';
import type { Stack } from '../support/stack.ts';
import { alternate, type Result } from './measure.ts';
import { scene } from './scene.ts';

const texts = 300;
const senders = 20;

/** `service.receive_message` against a bare `insert … returning` into a table with the same columns and indexes. */
export async function receive({ env, sql }: Stack): Promise<Result> {
	const { organization, number } = await scene({ env, sql });
	await sql`create schema if not exists bench`;
	await sql`drop table if exists bench.messages`;
	await sql`create table bench.messages (like public.messages including all)`;
	const bare = postgres(env.DATABASE_URL, { max: 1, onnotice() {} });
	const edge = postgres(env.EDGE_DATABASE_URL, { max: 1, onnotice() {} });
	const body = 'Could we drop our bags at the desk before noon tomorrow?';
	const conversation = randomUUID();
	let seq = 0;
	const floor = async () => {
		const start = performance.now();
		for (let i = 0; i < texts; i++) {
			seq += 1;
			await bare`insert into bench.messages (organization_id, phone_number_id, conversation_id, seq, revision, direction, origin, status, body, segments, carrier, carrier_message_id)
				values (${organization.id}, ${number.id}, ${conversation}, ${seq}, ${seq}, 'inbound', 'contact', 'received', ${body}, 1, 'twilio', ${`SM${randomUUID()}`}) returning id`;
		}
		return performance.now() - start;
	};
	const candidate = async () => {
		const start = performance.now();
		for (let i = 0; i < texts; i++) {
			const sid = `SM${randomUUID()}`;
			const from = `+1628555${String(1000 + (i % senders))}`;
			await edge`select service.receive_message('twilio', ${sid}, ${from}, ${number.e164}, ${body}, 1, null, ${edge.json({ MessageSid: sid, Body: body })})`;
		}
		return performance.now() - start;
	};
	const medians = await alternate(7, floor, candidate);
	await Promise.all([bare.end(), edge.end()]);
	await sql`drop schema bench cascade`;
	const ratio = medians.floor / medians.candidate;
	return {
		name: 'service.receive_message, rate against a bare insert',
		ratio,
		bar: '≥ 0.5',
		holds: ratio >= 0.5,
		figures: {
			'insert ms': medians.floor / texts,
			'receive_message ms': medians.candidate / texts
		}
	};
}
