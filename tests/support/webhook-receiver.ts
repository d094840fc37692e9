/** Somebody's program that is told of events, and time that passes for the endpoint that leads there. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Sql } from 'postgres';

export type Told = {
	id: string;
	headers: IncomingHttpHeaders;
	body: string;
	event: { type: string; timestamp: string; data: Record<string, unknown> };
	status: number;
};
/** null: it hangs until we leave; 'cut': it takes the event and is gone before it has said so. */
type Answer = { status: number; body?: string; headers?: Record<string, string> } | null | 'cut';

/** A program on this machine; `answer` says how it answers from now on. */
export async function openReceiver() {
	const told: Told[] = [];
	let answer: (event: Told['event']) => Answer = () => ({ status: 204 });
	const server = createServer((request, response) => {
		let body = '';
		request.on('data', (part: Buffer) => (body += part.toString()));
		request.on('end', () => {
			const event = JSON.parse(body) as Told['event'];
			const said = answer(event);
			const status = said === 'cut' ? 200 : (said?.status ?? 0);
			told.push({ id: String(request.headers['webhook-id']), headers: request.headers, body, event, status });
			if (said === 'cut') request.socket.destroy();
			else if (said) response.writeHead(said.status, said.headers).end(said.body);
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/texts?from=cumapp`,
		told,
		/** What was taken. */
		taken: () => told.filter(({ status }) => status >= 200 && status < 300),
		answer: (next: typeof answer) => (answer = next),
		close() {
			server.closeAllConnections();
			server.close();
		}
	};
}

/** Tells of so many events about so many subjects in turn, each with its place, from a place on. */
export async function tellMany(
	sql: Sql,
	organizationId: string,
	count: number,
	subjects: number,
	from = 1
): Promise<void> {
	await sql`
		select private.tell_webhooks(${organizationId}, 'limit.reached', null, null, jsonb_build_object('place', n),
			md5(${organizationId} || (n % ${subjects}::int))::uuid)
		from generate_series(${from}::int, ${from + count - 1}::int) n`;
}

/** Lets time pass for an endpoint and the jobs about it. */
export async function pass(sql: Sql, endpointId: string, time: string): Promise<void> {
	await sql`
		update public.webhook_endpoints set blocked_until = blocked_until - ${time}::interval,
			failing_since = failing_since - ${time}::interval, parked_told_at = parked_told_at - ${time}::interval
		where id = ${endpointId}`;
	await sql`
		update public.webhook_deliveries set next_attempt_at = next_attempt_at - ${time}::interval,
			queued_at = queued_at - ${time}::interval
		where endpoint_id = ${endpointId} and status = 'waiting'`;
	await sql`
		update private.jobs set run_at = run_at - ${time}::interval
		where kind = 'deliver_webhooks' and payload ->> 'endpoint_id' = ${endpointId} and completed_at is null`;
	await sql`select private.ring_worker()`;
}
