/** The database as a caller has it: a person through PostgREST, or an edge function. */
import postgres, { type TransactionSql } from 'postgres';
import { afterAll } from 'vitest';
import { receivedCodes, type Context } from '#core/received-codes.ts';
import { stack } from '../support/shared-stack.ts';
import { claimsOf, type Person } from '../support/people.ts';

// more connections than the shared one has: some tests want eight callers at the same moment
const people = postgres(stack.env.DATABASE_URL, { max: 8, onnotice() {} });
/** The role edge, as functions connect. */
export const edge = postgres(stack.env.EDGE_DATABASE_URL, { max: 8, onnotice() {} });
afterAll(() => Promise.all([people.end({ timeout: 1 }), edge.end({ timeout: 1 })]));

type Caller = Pick<Person, 'userId' | 'email' | 'sessionId'>;

/** Runs statements as somebody, in one transaction, the way PostgREST sets it up. Null: a visitor. */
export async function as<T>(caller: Caller | null, work: (tx: TransactionSql) => Promise<T>): Promise<T> {
	return (await people.begin(async (tx) => {
		await tx`select
			set_config('role', ${caller ? 'authenticated' : 'anon'}, true),
			set_config('request.jwt.claims', ${caller ? JSON.stringify(claimsOf(caller)) : ''}, true),
			set_config('request.jwt.claim.sub', ${caller?.userId ?? ''}, true)`;
		return work(tx);
	})) as T;
}

/** A row of api.messages. Numbers that are bigint in SQL come as numbers in jsonb. */
export type Message = {
	id: string;
	conversation_id: string;
	phone_number_id: string;
	seq: number;
	revision: number;
	status: string;
	body: string;
	author_id: string;
	error_code: string | null;
};

export type Draft = {
	body?: string | null;
	idempotency_key?: string | null;
	conversation_id?: string;
	phone_number_id?: string;
	recipient?: string;
	seen_seq?: number;
};

/**
 * api.send_message, with a key of its own unless the draft has one. The text stays queued: no carrier knows the numbers of
 * these tests, and a worker that gets to it first would have it fail.
 */
export async function send(caller: Caller, draft: Draft): Promise<Message> {
	const { body = 'Hello from the desk', idempotency_key = crypto.randomUUID(), ...place } = draft;
	const { conversation_id = null, phone_number_id = null, recipient = null, seen_seq = null } = place;
	return as(caller, async (tx) => {
		const [row] = await tx<{ message: Message }[]>`
			select api.send_message(
				body => ${body}, idempotency_key => ${idempotency_key}, conversation_id => ${conversation_id},
				phone_number_id => ${phone_number_id}, recipient => ${recipient}, seen_seq => ${seen_seq}) as message`;
		await tx`reset role`;
		await tx`update private.jobs set run_at = now() + interval '1 hour' where payload ->> 'message_id' = ${row!.message.id}`;
		return row!.message;
	});
}

export type Received = { outcome: string; message_id: string | null; conversation_id: string | null };

/** service.receive_message: a text from outside. */
export async function receive(
	to: string,
	text: { from: string; body?: string; sid?: string; keyword?: 'stop' | 'start' | 'help'; errorCode?: string }
): Promise<Received> {
	const { from, body = 'Hello, anybody there?', sid = inventSid(), keyword = null, errorCode = null } = text;
	// as the door of the database does
	const store = async (context?: Context) => {
		const { codes, doubts } = receivedCodes(body, from, context);
		const [row] = await edge<{ answer: Received & { context?: Context } }[]>`
			select service.receive_message('twilio', ${sid}, ${from}, ${to}, ${body}, 1, ${keyword}, ${edge.json({ MessageSid: sid })},
				${errorCode}, codes => ${edge.json(codes)}, doubts => ${context || !doubts ? null : edge.json(doubts)}) as answer`;
		return row!.answer;
	};
	const { context, ...answer } = await store();
	return context ? store(context) : answer;
}

export function inventSid(): string {
	return `SM${crypto.randomUUID().replaceAll('-', '')}`;
}
