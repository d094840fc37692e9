import type { Status } from './core/delivery.ts';
import { Failure, type Slug } from './core/failures.ts';
import type { Keyword } from './core/opt-out.ts';
import { connect, type ConnectionOptions } from './database-connection.ts';
import { call, type Argument } from './database-literal.ts';

export type InboundText = {
	carrier: string;
	carrierMessageId: string;
	from: string;
	to: string;
	body: string;
	segments: number;
	keyword: Keyword | null;
	/** What the carrier did to it, by its code; null for a text that came as it was written. */
	errorCode: string | null;
	payload: Payload;
};

export type Receipt = {
	carrier: string;
	carrierMessageId: string;
	/** Our id of the message, when the callback's URL carried it. */
	messageId: string | null;
	/** Ours, null when the carrier's word is not known to us. */
	status: Status | null;
	carrierStatus: string;
	errorCode: string | null;
	payload: Payload;
};

/** Something a provider told us that changes nothing but is worth keeping. */
export type ProviderEvent = { provider: string; key: string; kind: string; outcome: string; payload: Payload };

export type Payload = Readonly<Record<string, unknown>>;

export type Job = { id: string; kind: string; payload: Payload; attempts: number; lease: string };

export type Dispatch = {
	message_id: string;
	from_number: string;
	to_number: string;
	body: string;
	status: Status;
	carrier_message_id: string | null;
	/** When an earlier attempt, whose outcome is unknown, was handed to the carrier; else null. */
	dispatched_at: string | null;
};

export type Dispatched = {
	messageId: string;
	carrierMessageId: string;
	carrierStatus: string;
	status: Status;
	segments: number | null;
};

/** An outbound text that should have ended by now. */
export type Unsettled = { message_id: string; carrier_message_id: string };

/** Where a letter goes and how its reader reads a clock. */
export type Reader = { address: string; time_zone: string };

/** An invitation's letter: to whom, and what it says. */
export type IssuedInvitation = Reader & { details: Payload };

type Received = { outcome: 'stored' | 'duplicate' | 'unknown_number'; message_id?: string; conversation_id?: string };
type Recorded = { outcome: 'applied' | 'duplicate' | 'unchanged' | 'unknown_message' | 'kept' };
type Depth = { due: number; parked: number; oldest_seconds: number | null };

export type Database = ReturnType<typeof createDatabase>;

/**
 * The service verbs over a small pool, one round trip each. They raise a `Failure`: the refusal's slug where SQL refused,
 * `unavailable` where the database could not be asked.
 */
export function createDatabase(url: string, options: ConnectionOptions = {}) {
	const { rows, end } = connect(url, options);

	async function ask<Answer>(verb: string, args: Readonly<Record<string, Argument>>): Promise<Answer> {
		// as jsonb, because a driver that fetches no types reads no arrays
		const [row] = await rows<{ answer: Answer }>(`select to_jsonb(${call(verb, args)}) as answer`);
		if (!row) throw new Failure('internal', undefined, { cause: `service.${verb} answered nothing` });
		return row.answer;
	}

	return {
		/** Stores an inbound text with all that follows from it, once, whatever the carrier repeats. */
		receiveMessage: (text: InboundText) =>
			ask<Received>('receive_message', {
				carrier: text.carrier,
				carrier_message_id: text.carrierMessageId,
				from_number: text.from,
				to_number: text.to,
				body: text.body,
				segments: text.segments,
				keyword: text.keyword,
				payload: text.payload,
				error_code: text.errorCode
			}),

		/** Applies a delivery receipt, or keeps it until its message is known. */
		recordReceipt: (receipt: Receipt) =>
			ask<Recorded>('record_receipt', {
				carrier: receipt.carrier,
				carrier_message_id: receipt.carrierMessageId,
				message_id: receipt.messageId,
				status: receipt.status,
				carrier_status: receipt.carrierStatus,
				error_code: receipt.errorCode,
				payload: receipt.payload
			}),

		/** Keeps an event; false when it was kept before. */
		recordEvent: (event: ProviderEvent) =>
			ask<boolean>('record_event', {
				provider: event.provider,
				event_key: event.key,
				kind: event.kind,
				outcome: event.outcome,
				payload: event.payload
			}),

		/** Up to `batch` due jobs, ours for `leaseSeconds`. */
		claimJobs: (kinds: readonly string[], batch: number, leaseSeconds: number) =>
			rows<Job>(`select * from ${call('claim_jobs', { kinds, batch, lease_seconds: leaseSeconds })}`),

		/** Ends a job; false when the lease is no longer ours. */
		completeJob: (job: Job) => ask<boolean>('complete_job', { job_id: job.id, lease: job.lease }),

		/** Gives a job back with its error, to be tried again in some seconds or, for null, parked. */
		failJob: (job: Job, error: string, retryInSeconds: number | null) =>
			ask<boolean>('fail_job', { job_id: job.id, lease: job.lease, error, retry_in_seconds: retryInSeconds }),

		/** Takes a text out of the queue to hand it to the carrier; null when there is nothing to send (any more). */
		beginDispatch: (messageId: string, job: Job) =>
			ask<Dispatch | null>('begin_dispatch', { message_id: messageId, job_id: job.id, lease: job.lease }),

		/** The carrier certainly did not take the text: the next attempt need not look for it. */
		clearDispatch: (messageId: string) => ask<null>('clear_dispatch', { message_id: messageId }),

		/** The carrier took the text; receipts that came before are applied. */
		recordDispatched: (dispatched: Dispatched) =>
			ask<unknown>('record_dispatched', {
				message_id: dispatched.messageId,
				carrier_message_id: dispatched.carrierMessageId,
				carrier_status: dispatched.carrierStatus,
				status: dispatched.status,
				segments: dispatched.segments
			}),

		/** The carrier refused the text for good, with its code. */
		recordSendFailure: (messageId: string, errorCode: string) =>
			ask<unknown>('record_send_failure', { message_id: messageId, error_code: errorCode }),

		/** Which of the carrier's ids already belong to a message of ours. */
		knownCarrierMessageIds: (carrier: string, ids: readonly string[]) =>
			ask<string[]>('known_carrier_message_ids', { carrier, ids }),

		/** Up to `batch` texts the carrier took so many seconds ago and more, which have not ended; each comes again later. */
		unsettledMessages: (carrier: string, olderThanSeconds: number, batch: number) =>
			rows<Unsettled>(
				`select * from ${call('unsettled_messages', { carrier, older_than_seconds: olderThanSeconds, batch })}`
			),

		/** How far back the carrier's inbound texts are to be read, and the page where that goes on. */
		beginReconciliation: (carrier: string, overlapSeconds: number) =>
			ask<{ since: string; page: string | null }>('begin_reconciliation', {
				carrier,
				overlap_seconds: overlapSeconds
			}),

		/** A page of the carrier's inbound texts is dealt with; null: it was the last. */
		advanceReconciliation: (carrier: string, page: string | null) =>
			ask<unknown>('advance_reconciliation', { carrier, page }),

		/** Where a person's letters go; null for one who has no account any more. */
		letterAddress: (userId: string) => ask<Reader | null>('letter_address', { user_id: userId }),

		/** Keeps the SHA-256 (hex) of a letter's token and answers what it says; null when there is nothing to send (any more). */
		issueInvitationToken: (letterId: string, tokenHash: string) =>
			ask<IssuedInvitation | null>('issue_invitation_token', { letter_id: letterId, token_hash: tokenHash }),

		/** What the mail server said to an invitation's letter. */
		recordInvitationLetter: (letterId: string, outcome: 'taken' | 'refused') =>
			ask<unknown>('record_invitation_letter', { letter_id: letterId, outcome }),

		/** Where a picture lies that waits to be looked at; null when it waits no longer. */
		uploadToCheck: (uploadId: string) =>
			ask<{ bucket_id: string; path: string } | null>('upload_to_check', { upload_id: uploadId }),

		/** Shows a picture from this path, or refuses it for a reason. */
		finishUpload: (uploadId: string, path: string | null, reason: Slug | null) =>
			ask<{ outcome: 'ready' | 'refused' | 'unchanged' }>('finish_upload', { upload_id: uploadId, path, reason }),

		/** Ends an account whose time is over, so many memberships at a time; `more` asks to be called again. */
		deleteAccount: (userId: string, batch: number) =>
			ask<'more' | 'deleted' | 'postponed' | 'nothing'>('delete_account', { user_id: userId, batch }),

		queueDepth: () => ask<Depth>('queue_depth', {}),

		/** Closes the pool once what was asked is answered. */
		end
	};
}

/** The database an edge function's environment names: as `edge` itself, or as the host's login in that role. */
export function databaseOf(env: Readonly<Record<string, string | undefined>>): Database {
	if (env.EDGE_DATABASE_URL) return createDatabase(env.EDGE_DATABASE_URL);
	if (env.SUPABASE_DB_URL) return createDatabase(env.SUPABASE_DB_URL, { role: 'edge' });
	throw new Error('Set EDGE_DATABASE_URL, or SUPABASE_DB_URL.');
}
