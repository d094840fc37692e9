import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createDatabase } from '../../supabase/functions/_shared/database.ts';
import { exportVerifications } from '../../supabase/functions/worker/export-verifications.ts';
import { openApi } from '../functions/api-door.ts';
import type { Stack } from '../support/stack.ts';
import { bareDatabase } from './bare-export.ts';
import { median, type Result } from './measure.ts';
import { scene } from './scene.ts';

const streamed = 20_000;
/** `--huge`: as many as the bar speaks of. */
const large = process.argv.includes('--huge') ? 1_000_000 : 200_000;
const rounds = 5;

/**
 * Seconds of CPU of this process, which does what an edge function does, for a streamed export; against the same rows read
 * and written as JSON with nothing in between. Then a large one in parts: CPU of each, and by how much memory grows.
 */
export async function exports({ env, sql }: Stack): Promise<Result[]> {
	const { owner, organization, number } = await scene({ env, sql });
	await fill({ env, sql }, organization.id, number.id, owner.userId, streamed);
	const api = openApi(env);
	const bare = bareDatabase(env.DATABASE_URL);
	const headers = { authorization: `Bearer ${owner.accessToken}` };
	const taken = async (response: Response) => {
		let bytes = 0;
		for await (const piece of response.body!) bytes += piece.length;
		return bytes;
	};
	const path = `/api/v1/verifications/export?organization_id=${organization.id}`;
	const streams = (format: string) => async () => taken(await api.app.request(`${path}&format=${format}`, { headers }));
	const floors: number[] = [];
	const candidates: Record<string, number[]> = { csv: [], json: [], jsonl: [] };
	for (let round = 0; round <= rounds; round++) {
		const floor = await cpu(() => bare.export(organization.id));
		if (round > 0) floors.push(floor);
		for (const [format, seconds] of Object.entries(candidates)) {
			const used = await cpu(streams(format));
			if (round > 0) seconds.push(used);
		}
	}
	await Promise.all([api.end(), bare.end()]);
	const worst = Math.max(...Object.values(candidates).map(median));
	const ratio = worst / median(floors);

	await fill({ env, sql }, organization.id, number.id, owner.userId, large - streamed);
	const parts = await inParts(env.EDGE_DATABASE_URL, sql, organization.id, owner.userId);
	const slowest = Math.max(...parts.seconds);
	return [
		{
			name: 'an export of 20,000 verifications, CPU of the function against a bare select and JSON',
			ratio,
			bar: '≤ 1 s of CPU',
			holds: worst <= 1,
			figures: {
				'bare s': median(floors),
				...Object.fromEntries(Object.entries(candidates).map(([format, all]) => [`${format} s`, median(all)]))
			}
		},
		{
			name: `an export of ${large.toLocaleString('en')} verifications in parts, CPU of each`,
			ratio: null,
			bar: '≤ 2 s of CPU a part, memory flat (at most 8 MB more is held after the last part than after the second)',
			holds: slowest <= 2 && parts.growth <= 8,
			figures: {
				parts: parts.seconds.length,
				rows: parts.rows,
				'median s': median(parts.seconds),
				'slowest s': slowest,
				'growth MB': parts.growth,
				'held at most MB': parts.most
			}
		}
	];
}

/** Writes every part of an export, whose files go nowhere and whose progress is kept here: the stack's worker looks on. */
async function inParts(url: string, sql: Stack['sql'], organizationId: string, userId: string) {
	const real = createDatabase(url);
	const [asked] = await sql<{ id: string }[]>`
		insert into public.verification_exports (organization_id, user_id, format, filters, total_rows, cursor_id)
		values (${organizationId}, ${userId}, 'csv', '{}', ${large}, 'ffffffff-ffff-7fff-bfff-ffffffffffff') returning id`;
	const state = { cursor: null as string | null, done: false, rows: 0 };
	const database: Parameters<typeof exportVerifications>[1]['database'] = {
		completeJob: () => Promise.resolve(true),
		verificationExportPage: (wanted) =>
			real.verificationExportPage({ ...wanted, part: 1, beforeId: wanted.beforeId ?? state.cursor }),
		keepVerificationExportPart(written) {
			state.cursor = written.toId;
			state.rows += written.rowCount;
			state.done = written.isLast;
			return Promise.resolve({ outcome: 'kept', path: written.path });
		}
	};
	const objects = { write: () => Promise.resolve(), remove: () => Promise.resolve() };
	// what is held once a part is written: what waits to be collected says nothing
	setFlagsFromString('--expose-gc');
	const gc = runInNewContext('gc') as () => void;
	const seconds: number[] = [];
	const memory: number[] = [];
	for (let part = 1; !state.done; part++) {
		const payload = { export_id: asked!.id, part, path: `bench/${part}` };
		const job = { id: '', lease: '', request_id: null, kind: 'export_verifications', attempts: 1, payload };
		seconds.push(await cpu(() => exportVerifications(job, { database, objects })));
		gc();
		const { heapUsed, arrayBuffers } = process.memoryUsage();
		memory.push((heapUsed + arrayBuffers) / 1e6);
	}
	await real.end();
	return { seconds, rows: state.rows, growth: memory.at(-1)! - (memory[1] ?? memory[0]!), most: Math.max(...memory) };
}

async function cpu(work: () => Promise<unknown>): Promise<number> {
	const before = process.cpuUsage();
	await work();
	const { user, system } = process.cpuUsage(before);
	return (user + system) / 1e6;
}

/** Without triggers: nobody listens. */
async function fill(
	{ sql }: Pick<Stack, 'env' | 'sql'>,
	organization: string,
	number: string,
	by: string,
	count: number
) {
	await sql.begin(async (tx) => {
		await tx`set local session_replication_role = replica`;
		await tx`
			insert into public.verifications (organization_id, phone_number_id, service_name, requested_by, ttl_seconds,
				idempotency_key, status, expires_at, code, final_code, code_count, code_received_at, ended_at, note)
			select ${organization}, ${number}, 'GitHub', ${by}, 600, gen_random_uuid(), 'completed', now(), '004312', '004312', 1,
				now(), now(), 'Release check, "nightly"'
			from generate_series(1, ${count}::integer)`;
	});
	await sql`analyze public.verifications`;
}
