import { testCarrier } from '../_shared/carriers/test.ts';
import { findKeyword } from '../_shared/core/opt-out.ts';
import { countSegments } from '../_shared/core/segments.ts';
import { testCode, testOutcome, testService } from '../_shared/core/test-numbers.ts';
import type { Database, Job } from '../_shared/database.ts';
import type { TestToPlay } from '../_shared/database-tests.ts';
import { giveBack, type Ending } from './send-text.ts';

export type PlayParts = {
	database: Database;
	now: () => Date;
	/** From 0 to 1, 1 excluded. */
	chance: () => number;
};

/**
 * Plays what comes of a test: the receipt of a text, an answer to it, or the code that is waited for. Played twice it is
 * told twice under the same ids, which changes nothing.
 */
export async function playTest(job: Job, parts: PlayParts): Promise<Ending> {
	const { database } = parts;
	const { message_id, verification_id } = job.payload;
	const messageId = typeof message_id === 'string' ? message_id : null;
	const verificationId = typeof verification_id === 'string' ? verification_id : null;
	const test = await database.testToPlay({ messageId, verificationId });
	if (test?.their_number !== undefined) {
		const wait = await playText(test, messageId, parts);
		if (wait > 0) return giveBack(job, parts, 'a slow test', wait);
	} else if (test) {
		const code = String(Math.floor(parts.chance() * 1_000_000)).padStart(6, '0');
		const sent = testCode(test.service_name, code);
		if (sent) await receive(parts, { ...sent, id: `code-${verificationId}`, from: testService, to: test.our_number });
	}
	await database.completeJob(job);
	return { outcome: test ? 'played' : 'nothing_to_play' };
}

/** Answers in how many seconds to come again, 0 for not at all. */
async function playText(
	test: Extract<TestToPlay, { their_number: string }>,
	messageId: string | null,
	parts: PlayParts
): Promise<number> {
	const outcome = testOutcome(test.their_number);
	if (outcome.kind === 'silent') return 0;
	const due = outcome.kind === 'delivered' ? Date.parse(test.sent_at) + outcome.afterSeconds * 1000 : 0;
	const wait = Math.ceil((due - parts.now().getTime()) / 1000);
	if (wait > 0) return wait;
	const id = test.carrier_message_id;
	// the answer first: once there is a receipt, nothing more comes of a test
	if (outcome.kind === 'delivered' && outcome.reply) {
		const answer = { id: `reply-${id}`, from: test.their_number, to: test.our_number, body: outcome.reply };
		await receive(parts, { ...answer, errorCode: null });
	}
	const status = outcome.kind === 'delivered' ? ('delivered' as const) : ('failed' as const);
	await parts.database.recordReceipt({
		carrier: testCarrier,
		carrierMessageId: id,
		messageId,
		status,
		carrierStatus: status,
		errorCode: outcome.kind === 'delivered' ? null : outcome.code,
		payload: {}
	});
	return 0;
}

type Answer = { id: string; from: string; to: string; body: string; errorCode: string | null };

async function receive({ database }: PlayParts, { id, body, ...text }: Answer): Promise<void> {
	await database.receiveMessage({
		...text,
		body,
		carrier: testCarrier,
		carrierMessageId: id,
		segments: countSegments(body).segments,
		keyword: findKeyword(body),
		media: [],
		payload: {}
	});
}
