import type { Carrier, CarrierText, Handover } from '../_shared/carriers/port.ts';
import type { Database, Dispatch, Job } from '../_shared/database.ts';
import { backoffSeconds } from './backoff.ts';

type Sender = Pick<Carrier, 'name' | 'send' | 'find'>;

export type SendParts = {
	database: Database;
	carrier: Sender;
	/** The one for texts of test keys. */
	testCarrier: Sender;
	/** Where receipts of a message go. */
	callbackUrl: (messageId: string) => string;
	/** An address that gives a file of a text to the carrier, for a while. */
	signedUrl: (path: string) => Promise<string>;
	now: () => Date;
	/** From 0 to 1, 1 excluded. */
	chance: () => number;
};

/** How a job ended, for the log. */
export type Ending = { outcome: string; error?: string; message_sid?: string };

// A request that was cut off may still be on its way to the carrier for a moment; after this it is not.
const settledMilliseconds = 20_000;
const shortRetrySeconds = 5;
// Well within a lease: an attempt that took this long to look leaves the sending to the next one.
const longestLookMilliseconds = 20_000;

/**
 * Sends the text a job names. Whatever happens in between (a crash, a cut connection, a second worker), the carrier
 * is handed it once: an attempt whose outcome is unknown is looked up at the carrier before there is another.
 */
export async function sendText(job: Job, parts: SendParts): Promise<Ending> {
	const { database } = parts;
	const messageId = job.payload.message_id;
	if (typeof messageId !== 'string') return park(job, parts, 'the job names no message');

	const started = parts.now().getTime();
	let text = await database.beginDispatch(messageId, job);
	if (text?.dispatched_at) {
		const before = new Date(text.dispatched_at);
		const found = await lookUp(text, before, parts);
		if (found) return finish(job, parts, text, found, 'found');
		if (parts.now().getTime() - before.getTime() < settledMilliseconds) {
			return giveBack(job, parts, 'the carrier does not have the text yet', shortRetrySeconds);
		}
		if (parts.now().getTime() - started > longestLookMilliseconds) {
			return giveBack(job, parts, 'the look-up took too long', shortRetrySeconds);
		}
		// it never arrived: from here on this is a first attempt again
		await database.clearDispatch(messageId);
		text = await database.beginDispatch(messageId, job);
	}
	if (!text) {
		await database.completeJob(job);
		return { outcome: 'nothing_to_send' };
	}
	let mediaUrls: string[];
	try {
		mediaUrls = await Promise.all((text.attachments ?? []).map(parts.signedUrl));
	} catch (error) {
		// nothing was handed over yet
		await database.clearDispatch(messageId);
		throw error;
	}
	const handover = await carrierOf(text, parts).send({
		from: text.from_number,
		to: text.to_number,
		body: text.body,
		mediaUrls,
		callbackUrl: parts.callbackUrl(messageId)
	});
	return conclude(job, parts, text, handover);
}

/** Whoever carries a text; a test is nobody else's. */
function carrierOf(text: Dispatch, { carrier, testCarrier }: SendParts): Sender {
	return text.carrier === testCarrier.name ? testCarrier : carrier;
}

/** The carrier's own copy of a text, if it has one that belongs to no other message of ours. */
async function lookUp(text: Dispatch, since: Date, parts: SendParts): Promise<CarrierText | null> {
	const carrier = carrierOf(text, parts);
	const wanted = { from: text.from_number, to: text.to_number, body: text.body };
	const found = await carrier.find(wanted, since);
	if (found.length === 0) return null;
	const known = new Set(
		await parts.database.knownCarrierMessageIds(
			carrier.name,
			found.map((each) => each.carrierMessageId)
		)
	);
	return found.findLast((each) => !known.has(each.carrierMessageId)) ?? null;
}

async function conclude(job: Job, parts: SendParts, text: Dispatch, handover: Handover): Promise<Ending> {
	const { database } = parts;
	switch (handover.outcome) {
		case 'taken':
			return finish(job, parts, text, handover.text, 'sent');
		case 'refused':
			await database.recordSendFailure(text.message_id, handover.code);
			await database.completeJob(job);
			return { outcome: 'refused', error: handover.error };
		case 'not_taken':
			await database.clearDispatch(text.message_id);
			return retry(job, parts, handover.error, handover.retryAfterSeconds);
		case 'unknown':
			return retry(job, parts, handover.error, handover.retryAfterSeconds);
	}
}

async function finish(
	job: Job,
	{ database }: SendParts,
	text: Dispatch,
	carrierText: CarrierText,
	outcome: string
): Promise<Ending> {
	await database.recordDispatched({
		messageId: text.message_id,
		carrierMessageId: carrierText.carrierMessageId,
		status: carrierText.status ?? 'sending',
		errorCode: carrierText.errorCode,
		segments: carrierText.segments
	});
	await database.completeJob(job);
	return { outcome, message_sid: carrierText.carrierMessageId };
}

/** Gives a job back to be tried after a while; the queue parks it, with this error, once it has had its attempts. */
export async function retry(
	job: Job,
	{ database, chance }: Pick<SendParts, 'database' | 'chance'>,
	error: string,
	retryAfterSeconds: number | null
): Promise<Ending> {
	return giveBack(job, { database }, error, backoffSeconds(job.attempts, retryAfterSeconds, chance()));
}

/** Gives a job back to be taken up again in so many seconds. */
export async function giveBack(
	job: Job,
	{ database }: Pick<SendParts, 'database'>,
	error: string,
	seconds: number
): Promise<Ending> {
	await database.failJob(job, error, seconds);
	return { outcome: 'retry', error };
}

/** Gives a job back that got on, however often it will have to come: being long is no reason to be parked. */
export async function goOn(job: Job, { database }: Pick<SendParts, 'database'>): Promise<Ending> {
	await database.continueJob(job);
	return { outcome: 'more' };
}

async function park(job: Job, { database }: Pick<SendParts, 'database'>, error: string): Promise<Ending> {
	await database.failJob(job, error, null);
	return { outcome: 'parked', error };
}
