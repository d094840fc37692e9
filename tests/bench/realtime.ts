import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { RealtimeClient } from '@supabase/realtime-js';
import { WebSocket } from 'ws';
import type { Stack } from '../support/stack.ts';
import { createPerson } from '../support/people.ts';
import { alternate, quantile, type Result } from './measure.ts';

const rounds = 11;
const messages = 60;

/** What one side does: inserts message `n`, and is told of what its subscriber hears. */
type Side = { insert: (n: number) => Promise<unknown>; hear: (listener: (n: number) => void) => void };

/**
 * From a row's insert to its subscriber: `realtime.send` in the row's trigger, through the whole server (gateway,
 * policies, protocol) to realtime-js, against a NOTIFY trigger with a process that passes it to a bare `ws`.
 */
export async function realtime({ env, sql }: Stack): Promise<Result> {
	const person = await createPerson(sql, env);
	const topic = `user:${person.userId}`;
	const schema = `bench_${Date.now()}`;
	await sql.unsafe(tables(schema, topic));

	const floorProcess = fork(fileURLToPath(new URL('./realtime-floor.ts', import.meta.url)), {
		env: { ...process.env, DATABASE_URL: env.DATABASE_URL, CHANNEL: schema }
	});
	const [port] = (await once(floorProcess, 'message')) as [number];
	const bare = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
	await once(bare, 'open');

	const client = new RealtimeClient(`${env.SUPABASE_URL.replace('http', 'ws')}/realtime/v1`, {
		params: { apikey: env.SUPABASE_PUBLISHABLE_KEY },
		accessToken: async () => person.accessToken
	});
	await client.setAuth();
	const channel = client.channel(topic, { config: { private: true } });

	const writer = await sql.reserve();
	const side = (table: string): Side['insert'] => {
		const statement = `insert into ${schema}.${table} values ($1)`;
		return (n) => writer.unsafe(statement, [n], { prepare: true });
	};
	let heard = (_n: number) => {};
	const floor: Side = {
		insert: side('floor'),
		hear: (listener) =>
			bare.removeAllListeners('message').on('message', (data) => {
				listener((JSON.parse(String(data)) as { seq: number }).seq);
			})
	};
	const candidate: Side = { insert: side('candidate'), hear: (listener) => (heard = listener) };
	channel.on<{ seq: number }>('broadcast', { event: 'message' }, ({ payload }) => heard(payload.seq));
	try {
		await new Promise<void>((resolve, reject) =>
			channel.subscribe((status, error) => (status === 'SUBSCRIBED' ? resolve() : reject(error ?? new Error(status))))
		);
		const medians = await alternate(
			rounds,
			() => round(floor),
			() => round(candidate)
		);
		const ratio = medians.candidate / medians.floor;
		return {
			name: 'message insert → subscriber, p95 against a NOTIFY trigger → ws',
			ratio,
			bar: '≤ 2',
			holds: ratio <= 2,
			figures: { 'NOTIFY → ws ms': medians.floor, 'realtime.send → realtime-js ms': medians.candidate }
		};
	} finally {
		await client.disconnect();
		bare.terminate();
		floorProcess.kill();
		writer.release();
		await sql.unsafe(`drop schema ${schema} cascade`);
	}
}

let next = 0;

/** p95 of one round, ms. One message after the other: what is measured is the way, not a queue. */
async function round({ insert, hear }: Side): Promise<number> {
	const samples: number[] = [];
	for (let i = 0; i < messages; i++) {
		const n = ++next;
		const start = performance.now();
		const arrival = new Promise<number>((resolve) => hear((m) => m === n && resolve(performance.now())));
		await insert(n);
		samples.push((await arrival) - start);
	}
	return quantile(samples, 0.95);
}

/** Two tables with the same row and the same hint; one tells it bare, the other as the project does. */
const tables = (schema: string, topic: string) => `
	create schema ${schema};
	create table ${schema}.floor (seq bigint);
	create table ${schema}.candidate (seq bigint);
	create function ${schema}.hint(seq bigint) returns jsonb language sql as $$
		select jsonb_build_object('id', gen_random_uuid(), 'conversation_id', gen_random_uuid(), 'seq', seq, 'revision', seq)
	$$;
	create function ${schema}.tell() returns trigger language plpgsql security definer as $$
	begin
		perform pg_notify('${schema}', ${schema}.hint(new.seq)::text);
		return null;
	end $$;
	create function ${schema}.send() returns trigger language plpgsql security definer as $$
	begin
		perform realtime.send(${schema}.hint(new.seq), 'message', '${topic}', true);
		return null;
	end $$;
	create trigger tell after insert on ${schema}.floor for each row execute function ${schema}.tell();
	create trigger send after insert on ${schema}.candidate for each row execute function ${schema}.send();`;
