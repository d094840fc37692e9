import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { z } from 'zod';
import { Failure } from '../_shared/core/failures.ts';
import type { Claimed, KeptAnswer } from '../_shared/database-idempotency.ts';
import { parseInput } from '../_shared/http/input.ts';
import type { Api } from './app.ts';
import { subjectOf } from './caller.ts';

export type Idempotency = {
	beginRequest: (subject: string, key: string, fingerprint: string) => Promise<Claimed>;
	keepAnswer: (subject: string, key: string, answer: KeptAnswer) => Promise<unknown>;
	forgetRequest: (subject: string, key: string) => Promise<unknown>;
};

const Key = z.object({ 'Idempotency-Key': z.string().regex(/^[\x20-\x7e]{1,200}$/, 'This has 1 to 200 characters.') });

/** What makes a repeated request the same one; whoever sends none asks anew each time. */
export function keyOf(c: Context): string {
	return sentKey(c) ?? crypto.randomUUID();
}

function sentKey(c: Context): string | undefined {
	const key = c.req.header('idempotency-key');
	return key === undefined ? undefined : parseInput({ 'Idempotency-Key': key }, Key)['Idempotency-Key'];
}

/** Which of an answer's headers are given again; the others tell of the request. */
const keptHeaders = ['content-type', 'cache-control', 'etag', 'location'];

/**
 * Does a write once, however often it comes with the same `Idempotency-Key` within a day, and gives the same answer each
 * time (`Idempotency-Replayed: true`). One that was refused did nothing: its key is free again. Refuses with
 * `request_running` while the same is being done, and with `request_key_reused` where the key came with another request.
 */
export async function once(
	records: Idempotency,
	c: Context<Api>,
	body: string | Uint8Array,
	work: () => Promise<Response>
): Promise<Response> {
	const key = sentKey(c);
	if (key === undefined) return work();
	const subject = subjectOf(c.var.caller);
	const claimed = await records.beginRequest(subject, key, fingerprintOf(c, body));
	if (claimed.outcome === 'kept') return again(claimed.answer);
	if (claimed.outcome === 'running') throw new Failure('request_running');
	if (claimed.outcome === 'reused') throw new Failure('request_key_reused');
	let answer: Response;
	try {
		answer = await work();
	} catch (error) {
		// whether a lost answer's work was done nobody knows: then the lease ends by itself
		if (error instanceof Failure && error.status < 500) await records.forgetRequest(subject, key);
		throw error;
	}
	if (!answer.ok) await records.forgetRequest(subject, key);
	else await records.keepAnswer(subject, key, await keptOf(answer.clone()));
	return answer;
}

function fingerprintOf(c: Context, body: string | Uint8Array): string {
	const { pathname, search } = new URL(c.req.url);
	return createHash('sha256').update(`${c.req.method}\n${pathname}${search}\n`).update(body).digest('hex');
}

async function keptOf(answer: Response): Promise<KeptAnswer> {
	const headers = keptHeaders.flatMap((name) => {
		const value = answer.headers.get(name);
		return value === null ? [] : [[name, value] as const];
	});
	return { status: answer.status, headers: Object.fromEntries(headers), body: await answer.text() };
}

function again({ status, headers, body }: KeptAnswer): Response {
	return new Response(body === '' ? null : body, { status, headers: { ...headers, 'idempotency-replayed': 'true' } });
}
