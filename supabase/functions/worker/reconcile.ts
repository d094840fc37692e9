import type { Carrier, CarrierInbound } from '../_shared/carriers/port.ts';
import { Failure } from '../_shared/core/failures.ts';
import { findKeyword, type Keyword } from '../_shared/core/opt-out.ts';
import { countSegments } from '../_shared/core/segments.ts';
import { isSender } from '../_shared/core/sender.ts';
import type { Database, Job, Unsettled } from '../_shared/database.ts';
import { storable } from '../_shared/database-literal.ts';
import { summarize } from '../_shared/core/errors.ts';
import type { Log } from '../_shared/http/log.ts';
import { giveBack, goOn, type Ending } from './send-text.ts';

export type ReconcileParts = { database: Database; carrier: Carrier; log: Log };

/** Texts asked for at once. Small, because a hosted function has 2 s of CPU; the job comes again until there is no more. */
const batch = 10;
/** How long a receipt may take before we ask ourselves; a job's payload may say otherwise. */
const usualStatusAfterSeconds = 120;
/** How much of the carrier's list is read a second time: it may show a text a little late. */
const usualOverlapSeconds = 300;
const retrySeconds = 60;

/**
 * Catches up with what the carrier told us in vain: statuses of texts that should have ended by now, and texts to our
 * numbers. Both go through the verbs of the webhooks, under the same keys, so nothing is counted twice.
 */
export async function reconcile(job: Job, parts: ReconcileParts): Promise<Ending> {
	const { status_after_seconds, overlap_seconds } = job.payload;
	const [statuses, inbound] = await Promise.allSettled([
		settleStatuses(parts, wholeNumber(status_after_seconds, usualStatusAfterSeconds)),
		readInbound(parts, wholeNumber(overlap_seconds, usualOverlapSeconds))
	]);
	if (statuses.status === 'rejected') return giveBack(job, parts, summarize(statuses.reason), retrySeconds);
	if (inbound.status === 'rejected') return giveBack(job, parts, summarize(inbound.reason), retrySeconds);
	if (statuses.value || inbound.value) return goOn(job, parts);
	await parts.database.completeJob(job);
	return { outcome: 'reconciled' };
}

/** Asks for the next texts that should have ended. Answers whether there may be more; throws when none could be asked. */
async function settleStatuses(parts: ReconcileParts, olderThanSeconds: number): Promise<boolean> {
	const { carrier, database } = parts;
	const texts = await database.unsettledMessages(carrier.name, olderThanSeconds, batch);
	const results = await Promise.allSettled(texts.map((text) => settleStatus(text, parts)));
	const [failure, ...others] = results.filter((result) => result.status === 'rejected');
	// one that could not be asked comes again by itself; where none could, the carrier is away
	if (failure && others.length + 1 === texts.length) throw failure.reason;
	return texts.length === batch;
}

async function settleStatus(text: Unsettled, { carrier, database, log }: ReconcileParts): Promise<void> {
	const found = await carrier.fetch(text.carrier_message_id);
	if (!found) return log('reconciled', { message_sid: text.carrier_message_id, outcome: 'unknown_to_carrier' });
	const { carrierMessageId, carrierStatus, status, errorCode } = found;
	if (status === 'sending') return;
	const { outcome } = await database.recordReceipt({
		carrier: carrier.name,
		carrierMessageId,
		messageId: text.message_id,
		status,
		carrierStatus,
		errorCode,
		payload: { source: 'reconciliation' }
	});
	log('reconciled', { message_sid: carrierMessageId, status: carrierStatus, outcome });
}

/** Reads one page of the carrier's inbound texts and stores what is missing. Answers whether there are more pages. */
async function readInbound({ carrier, database, log }: ReconcileParts, overlapSeconds: number): Promise<boolean> {
	const place = await database.beginReconciliation(carrier.name, overlapSeconds);
	const { texts, next } = await carrier.inboundSince(new Date(place.since), place.page);
	const ids = texts.map((text) => text.carrierMessageId);
	const known = new Set(ids.length > 0 ? await database.knownCarrierMessageIds(carrier.name, ids) : []);
	// oldest first, so that they stand in a conversation as they were written
	for (const [at, text] of [...texts.entries()].reverse()) {
		if (known.has(text.carrierMessageId) || !isSender(text.from)) continue;
		const keyword = keywordOf(text, texts.slice(0, at), place.page !== null);
		try {
			const media = text.mediaCount > 0 ? await carrier.mediaOf(text.carrierMessageId) : [];
			const received = { ...asReceived(text), carrier: carrier.name, keyword, media };
			const { outcome } = await database.receiveMessage(received);
			if (outcome !== 'duplicate') log('inbound', { message_sid: text.carrierMessageId, outcome, late: true });
		} catch (error) {
			if (error instanceof Failure && error.slug === 'unavailable') throw error;
			// one text that cannot be stored must not stand before all others for ever
			log('inbound', { message_sid: text.carrierMessageId, outcome: 'skipped', error: summarize(error) });
		}
	}
	await database.advanceReconciliation(carrier.name, next);
	return next !== null;
}

/** A text of the carrier's list as the verbs take it. */
export function asReceived({ carrierMessageId, from, to, body, segments, errorCode, sentAt, payload }: CarrierInbound) {
	const text = storable(body);
	return {
		carrierMessageId,
		from,
		to,
		body: text,
		segments: segments ?? Math.max(1, countSegments(text).segments),
		errorCode,
		sentAt,
		payload
	};
}

/**
 * The keyword a late text still counts as. What the same person wrote later overrules it: a STOP of yesterday must not
 * end what a START of today began. `hasNewer`: there are newer texts that are not at hand; then nobody is opted in.
 */
function keywordOf(text: CarrierInbound, newer: readonly CarrierInbound[], hasNewer: boolean): Keyword | null {
	const keyword = findKeyword(text.body);
	const isOverruled = newer.some(
		(other) => other.from === text.from && other.to === text.to && /^(stop|start)$/.test(findKeyword(other.body) ?? '')
	);
	return isOverruled || (keyword === 'start' && hasNewer) ? null : keyword;
}

function wholeNumber(value: unknown, usual: number): number {
	return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : usual;
}
