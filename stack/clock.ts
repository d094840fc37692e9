/**
 * The platform's own hands, as a process of the stack: makes the requests of `net.http_post` (pg_net) as their transactions
 * commit, and runs the jobs of schema cron (pg_cron) at their times. Fire and forget, like both. Says `ready 0`.
 */
import { setInterval as every } from 'node:timers';
import { connect, cutConnections } from './platform.ts';
import { listen } from './realtime/listener.ts';

type Post = {
	url: string;
	body: unknown;
	params: Record<string, string>;
	headers: Record<string, string>;
	timeout_milliseconds: number;
};
type Job = { jobid: string; schedule: string; command: string; username: string };

const url = process.env.DATABASE_URL ?? '';
const sql = connect(url, 3);

async function post({ url, body, params, headers, timeout_milliseconds }: Post): Promise<void> {
	const address = new URL(url);
	for (const [name, value] of Object.entries(params)) address.searchParams.append(name, value);
	const response = await fetch(address, {
		method: 'POST',
		headers: { 'content-type': 'application/json', ...headers },
		body: JSON.stringify(body),
		signal: AbortSignal.timeout(timeout_milliseconds)
	});
	await response.body?.cancel();
	if (!response.ok) console.error(`POST ${url} answered ${response.status}`);
}

/** The window of time a schedule is in; a job is due when its window has changed. */
function windowOf(schedule: string, now: number): number {
	const seconds = /^(\d+) seconds$/.exec(schedule)?.[1];
	return Math.floor(now / (seconds ? Number(seconds) * 1000 : 60_000));
}

const windows = new Map<string, number>();
const running = new Set<string>();

async function runDueJobs(): Promise<void> {
	const now = Date.now();
	for (const job of await sql<Job[]>`select jobid, schedule, command, username from cron.job where active`) {
		const window = windowOf(job.schedule, now);
		const before = windows.get(job.jobid);
		windows.set(job.jobid, window);
		const missed = before === undefined && job.schedule.endsWith('seconds');
		if (!missed && (before === undefined || before === window)) continue;
		if (running.has(job.jobid)) continue;
		running.add(job.jobid);
		void runJob(job)
			.then(
				() => note(job, now, null),
				(error: unknown) => {
					console.error(`cron: ${job.command}\n`, error);
					return note(job, now, error);
				}
			)
			.catch(complain)
			.finally(() => running.delete(job.jobid));
	}
}

async function runJob({ command, username }: Job): Promise<void> {
	await sql.begin(async (tx) => {
		await tx`select set_config('role', ${username}, true)`;
		await tx.unsafe(command).simple();
	});
}

/** How a job's last run went, as pg_cron keeps it for each. */
async function note({ jobid, command }: Job, began: number, error: unknown): Promise<void> {
	const status = error === null ? 'succeeded' : 'failed';
	await sql`
		insert into cron.job_run_details as d (jobid, command, status, return_message, start_time, end_time)
		values (${jobid}, ${command}, ${status}, ${error === null ? '' : String(error)}, ${new Date(began)}, clock_timestamp())
		on conflict (jobid) do update set status = excluded.status, return_message = excluded.return_message,
			start_time = excluded.start_time, end_time = excluded.end_time`;
}

// the database may be away for a moment (it is restarted when it dies): the next turn tries again
const complain = (error: unknown) => console.error(error);

const listening = Promise.withResolvers<undefined>();
listen({
	url,
	on: {
		net_http_post(text) {
			const request = JSON.parse(text) as Post;
			post(request).catch((error: unknown) => console.error(`POST ${request.url} failed`, error));
		}
	},
	listening() {
		listening.resolve(undefined);
		// what was posted meanwhile is lost here, where pg_net has it in a table: the frequent jobs make up for it, at once
		windows.clear();
	},
	silent: cutConnections
});
await listening.promise;
every(() => void runDueJobs().catch(complain), 1000);
console.log('ready 0');
