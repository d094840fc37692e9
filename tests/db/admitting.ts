/** Requests as the door counts them, of keys that nobody made: only the buckets know them. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import type { Standing } from '#core/rate-limits.ts';
import { admissionOf } from '../../supabase/functions/_shared/database-limits.ts';
import { stack } from '../support/shared-stack.ts';

const { sql } = stack;
const hash = Buffer.alloc(32, 7);
const longTime = 9_000_000_000_000_000;

type Allowed = { until?: number; minute?: string; organizationId?: string };

/** So many requests a minute for a subject; of a key, its organization's count as well. */
export async function allow(subject: string, quota: number, wish: Allowed = {}): Promise<void> {
	const { until = longTime, minute = '1 minute', organizationId } = wish;
	await sql`select private.set_rate_limit(${subject}, ${quota}, ${until}, ${minute}::interval)`;
	await sql`
		update private.rate_limits set home = ${organizationId ? `organization:${organizationId}` : null}, salt = '\\x01',
			proof = sha256('\\x01'::bytea || ${hash})
		where subject = ${subject}`;
}

/** Keys of an organization, each with a limit of its own. */
export async function place(own: number, shared: number, keys = 1) {
	const organizationId = randomUUID();
	const subjects = Array.from({ length: keys }, () => `cum_live_${randomBytes(4).toString('hex')}`);
	for (const subject of subjects) await allow(subject, own, { organizationId });
	await allow(`organization:${organizationId}`, shared);
	return { organizationId, subjects };
}

/** A key by its prefix, or `user:<id>` with the organization that is named; `at`: so many µs after the beginning of a year, or now. */
export type Asked = {
	subject: string;
	organizationId?: string;
	cost?: number;
	at?: number;
	secret?: Buffer;
	id?: string;
};

/** A key of `createKey`, as it asks. */
export const asKey = (key: string): Pick<Asked, 'subject' | 'secret'> => ({
	subject: key.slice(0, 17),
	secret: createHash('sha256').update(key).digest()
});

/** The call that counts a request, as a statement without its `select`. */
export function admission(db: Sql, { subject, organizationId, cost = 1, at, secret = hash, id = randomUUID() }: Asked) {
	const person = subject.startsWith('user:') ? subject.slice(5) : null;
	return db`private.admit_request(${person ? null : subject}, ${person ? null : secret}, ${person}, ${(person && organizationId) ?? null}, ${cost},
		${id}, 'GET /v1/me', '203.0.113.7', timestamptz '2026-01-01' + ${at ?? null}::bigint * interval '1 microsecond')`;
}

/** What an admission says of the buckets. */
export function standingOf(answer: string): Standing {
	const admission = admissionOf(answer);
	if (!('standing' in admission)) throw new Error(`not let in: ${answer}`);
	return admission.standing;
}

/** Takes a request. */
export async function take(asked: Asked, db: Sql = sql): Promise<Standing> {
	const [row] = await db<{ answer: string }[]>`select ${admission(db, asked)} as answer`;
	return standingOf(row!.answer);
}

/** What several requests of one key that arrive together are answered, by their costs. */
export async function together({ subject, costs, at, secret = hash, ids }: Crowd): Promise<string[]> {
	const endpoints = costs.map(() => 'GET /v1/me');
	const [row] = await sql<{ answers: string[] }[]>`
		select private.admit_requests(${subject}, ${secret}, null, null, ${costs}, ${ids ?? costs.map(() => randomUUID())}, ${endpoints},
			'203.0.113.7', timestamptz '2026-01-01' + ${at ?? null}::bigint * interval '1 microsecond') as answers`;
	return row!.answers;
}

type Crowd = Pick<Asked, 'subject' | 'at' | 'secret'> & { costs: number[]; ids?: string[] };

/** Takes them. Answers the ids that they are logged by, too. */
export async function takeTogether(crowd: Crowd): Promise<{ ids: string[]; answers: Standing[] }> {
	const ids = crowd.costs.map(() => randomUUID());
	return { ids, answers: (await together({ ...crowd, ids })).map(standingOf) };
}
