import type { Status } from './core/delivery.ts';
import type { Slug } from './core/failures.ts';
import type { ExportFormat, ExportPage } from './core/verification-export.ts';
import { askerOf, type List } from './database-ask.ts';
import { billingVerbs } from './database-billing.ts';
import { chargeVerbs } from './database-charges.ts';
import { connect, type ConnectionOptions } from './database-connection.ts';
import { call } from './database-literal.ts';
import { healthVerbs } from './database-health.ts';
import { notificationVerbs, type DueLetter } from './database-notifications.ts';
import { orderVerbs } from './database-orders.ts';
import { receivingVerbs, type Payload } from './database-receiving.ts';
import { reconciliationVerbs } from './database-reconciliation.ts';
import { renewalVerbs } from './database-renewals.ts';
import { testVerbs } from './database-tests.ts';
import { webhookVerbs } from './database-webhooks.ts';

export type Job = {
	id: string;
	kind: string;
	payload: Payload;
	attempts: number;
	lease: string;
	/** What the request is called that caused it; null where time did, or a provider. */
	request_id: string | null;
};

export type Dispatch = {
	message_id: string;
	/** Who carries it. */
	carrier: string;
	from_number: string;
	to_number: string;
	body: string;
	status: Status;
	carrier_message_id: string | null;
	/** When an earlier attempt, whose outcome is unknown, was handed to the carrier; else null. */
	dispatched_at: string | null;
	/** Paths of the files that go along, in their order. */
	attachments: readonly string[];
};

export type Dispatched = {
	messageId: string;
	carrierMessageId: string;
	status: Status;
	/** Why it failed, by the carrier's code, where it did. */
	errorCode: string | null;
	segments: number | null;
};

/** An outbound text that should have ended by now. */
export type Unsettled = { message_id: string; carrier_message_id: string };

/** What the bytes of a file say; size in bytes, the others in pixels. */
export type FoundFile = { type: string; size: number; width: number | null; height: number | null };

/** One of the files of an export, from 1. */
export type ExportPart = { exportId: string; part: number };

/** What is to be done for it: write these rows and more of their kind, or nothing. */
export type ExportStep =
	| { outcome: 'write'; format: ExportFormat; cursor_id: string; page: ExportPage }
	| { outcome: 'duplicate'; path: string }
	| { outcome: 'gone'; path?: never };

/** What is in it; from and to which verification, `toId` null for none. */
export type WrittenPart = ExportPart & {
	path: string;
	fromId: string;
	toId: string | null;
	rowCount: number;
	byteCount: number;
	phoneNumberIds: readonly string[];
	foreignCodes: boolean;
	isLast: boolean;
};

type Depth = { due: number; parked: number; oldest_seconds: number | null };

export type Database = ReturnType<typeof createDatabase>;

/**
 * The service verbs over a small pool, one round trip each. They raise a `Failure`: the refusal's slug where SQL refused,
 * `unavailable` where the database could not be asked.
 */
export function createDatabase(url: string, options: ConnectionOptions = {}) {
	const { rows, end } = connect(url, options);

	const ask = askerOf(rows);
	const list: List = (verb, args) => rows(`select * from ${call(verb, args)}`);

	return {
		...renewalVerbs(ask),
		...webhookVerbs(ask),
		...testVerbs(ask),
		...healthVerbs(ask),
		...notificationVerbs(ask),
		...billingVerbs(ask, list),
		...chargeVerbs(ask, list),
		...receivingVerbs(ask),

		/** Up to `batch` due jobs, ours for `leaseSeconds`. */
		claimJobs: (kinds: readonly string[], batch: number, leaseSeconds: number) =>
			rows<Job>(`select * from ${call('claim_jobs', { kinds, batch, lease_seconds: leaseSeconds })}`),

		/** In how many milliseconds the next untried job is due, where that is soon; else null. */
		nextJobIn: (kinds: readonly string[]) => ask<number | null>('next_job_in', { kinds }),

		/** Ends a job; false when the lease is no longer ours. */
		completeJob: (job: Job) => ask<boolean>('complete_job', { job_id: job.id, lease: job.lease }),

		/** Gives a job back with its error, to be tried again in some seconds or, for null, parked. */
		failJob: (job: Job, error: string, retryInSeconds: number | null) =>
			ask<boolean>('fail_job', { job_id: job.id, lease: job.lease, error, retry_in_seconds: retryInSeconds }),

		/** Gives back a job that got on and has more to do: it comes again at once, with all its attempts anew. */
		continueJob: (job: Job) => ask<boolean>('continue_job', { job_id: job.id, lease: job.lease }),

		/** Takes a text out of the queue to hand it to the carrier; null when there is nothing to send (any more). */
		beginDispatch: (messageId: string, job: Job) =>
			ask<Dispatch | null>('begin_dispatch', { message_id: messageId, job_id: job.id, lease: job.lease }),

		/** Turns a scheduled text whose time has come into a queued message, if the gate lets it. */
		sendScheduled: (scheduledId: string) =>
			ask<{ outcome: 'sent' | 'refused' | 'nothing_to_send'; reason?: string | null }>('send_scheduled', {
				scheduled_id: scheduledId
			}),

		/** Ends a verification whose time is over. */
		expireVerification: (verificationId: string) =>
			ask<{ outcome: 'expired' | 'nothing_to_expire' }>('expire_verification', { verification_id: verificationId }),

		/** Rows of the part of an export that is to be written now, if it is. */
		async verificationExportPage(wanted: ExportPart & { beforeId: string | null; batch: number }) {
			const args = {
				export_id: wanted.exportId,
				part: wanted.part,
				before_id: wanted.beforeId,
				batch: wanted.batch
			};
			// as text: a page as jsonb would be taken apart and put together once more
			const [found] = await rows<{ answer: string }>(
				`select ${call('verification_export_page', args)}::text as answer`
			);
			return JSON.parse(found?.answer ?? '{ "outcome": "gone" }') as ExportStep;
		},

		/** A part of an export is written; files of it at another path than the answer's have to go. */
		keepVerificationExportPart: (written: WrittenPart) =>
			ask<{ outcome: 'kept' | 'duplicate' | 'gone'; path?: string }>('keep_verification_export_part', {
				export_id: written.exportId,
				part: written.part,
				path: written.path,
				from_id: written.fromId,
				to_id: written.toId,
				row_count: written.rowCount,
				byte_count: written.byteCount,
				phone_number_ids: written.phoneNumberIds,
				foreign_codes: written.foreignCodes,
				is_last: written.isLast
			}),

		/** The carrier certainly did not take the text: the next attempt need not look for it. */
		clearDispatch: (messageId: string) => ask<null>('clear_dispatch', { message_id: messageId }),

		/** The carrier took the text; receipts that came before are applied. */
		recordDispatched: (dispatched: Dispatched) =>
			ask<unknown>('record_dispatched', {
				message_id: dispatched.messageId,
				carrier_message_id: dispatched.carrierMessageId,
				status: dispatched.status,
				error_code: dispatched.errorCode,
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

		/** Keeps the SHA-256 (hex) of a letter's token and answers what it says; null when there is nothing to send (any more). */
		issueInvitationToken: (letterId: string, tokenHash: string) =>
			ask<DueLetter | null>('issue_invitation_token', { letter_id: letterId, token_hash: tokenHash }),

		/** What the mail server said to an invitation's letter. */
		recordInvitationLetter: (letterId: string, outcome: 'taken' | 'refused') =>
			ask<unknown>('record_invitation_letter', { letter_id: letterId, outcome }),

		/** Where a picture lies that waits to be looked at; null when it waits no longer. */
		uploadToCheck: (uploadId: string) =>
			ask<{ bucket_id: string; path: string } | null>('upload_to_check', { upload_id: uploadId }),

		/** Shows a picture from this path, or refuses it for a reason. */
		finishUpload: (uploadId: string, path: string | null, reason: Slug | null) =>
			ask<{ outcome: 'ready' | 'refused' | 'unchanged' }>('finish_upload', { upload_id: uploadId, path, reason }),

		/** Where a file lies that waits to be looked at, `url` for one of the carrier's; null when it waits no longer. */
		attachmentToCheck: (attachmentId: string) =>
			ask<{ bucket_id: string; path: string; url: string | null } | null>('attachment_to_check', {
				attachment_id: attachmentId
			}),

		/** Says what a file is (`ending` for the name of one without), or refuses it for a reason. */
		finishAttachmentCheck: (
			attachmentId: string,
			found: FoundFile | null,
			ending: string | null,
			reason: Slug | null
		) =>
			ask<{ outcome: string }>('finish_attachment_check', {
				attachment_id: attachmentId,
				type: found?.type ?? null,
				size: found?.size ?? null,
				width: found?.width ?? null,
				height: found?.height ?? null,
				ending,
				reason
			}),

		/** Ends an account whose time is over, so many memberships at a time; `more` asks to be called again. */
		deleteAccount: (userId: string, batch: number) =>
			ask<'more' | 'deleted' | 'postponed' | 'nothing'>('delete_account', { user_id: userId, batch }),

		/** One step of what organizations want removed; `more` asks to be called again, `failed` says why it did not work. */
		applyRetention: (batch: number) =>
			ask<{ removed: number; more: boolean; failed?: string }>('apply_retention', { batch }),

		/** Has another job go on with it. */
		beginRetention: () => ask<unknown>('begin_retention', {}),

		...orderVerbs(ask),
		...reconciliationVerbs(ask),

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
