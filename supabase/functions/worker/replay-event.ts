import type { Carrier } from '../_shared/carriers/port.ts';
import { inboundOf, statusOf } from '../_shared/carriers/twilio.ts';
import { aboutOf } from '../_shared/core/billing.ts';
import { Failure } from '../_shared/core/failures.ts';
import { isSender } from '../_shared/core/sender.ts';
import type { Database, Job } from '../_shared/database.ts';
import type { InboundText, KeptEvent, Payload } from '../_shared/database-receiving.ts';
import { accountOf, readInbound, readReceipt } from '../_shared/webhooks/twilio.ts';
import type { Form } from '../_shared/http/form.ts';
import { asReceived } from './reconcile.ts';
import type { Ending } from './send-text.ts';

export type ReplayParts = { database: Database; carrier: Carrier; accountSid: string | undefined };

/**
 * Looks at an event again as if it were told now, through what events of its kind go through. What it had done is done; what
 * came to nothing then, because a number, an account or a word was not known, may come to something now.
 */
export async function replayEvent(job: Job, parts: ReplayParts): Promise<Ending> {
	const { provider, event_key: key } = job.payload;
	const event = await parts.database.eventToReplay(String(provider), String(key));
	const outcome = event ? await replayed(String(provider), String(key), event, parts) : 'gone';
	if (event) await parts.database.finishReplay(String(provider), String(key), outcome);
	await parts.database.completeJob(job);
	return { outcome };
}

async function replayed(provider: string, key: string, event: KeptEvent, parts: ReplayParts): Promise<string> {
	const { database } = parts;
	if (provider === 'stripe') {
		const { object } = (event.payload.data ?? {}) as { object?: unknown };
		return (await database.replayPaymentEvent(key, aboutOf(object))).outcome;
	}
	if (key.startsWith('foreign:')) return foreign(event, parts);
	if (event.kind === 'receipt') {
		const [, , word = ''] = key.split(':');
		return (await database.replayReceipt(provider, key, statusOf(word))).outcome;
	}
	return again(event, parts);
}

/** An event of an account that was not ours: it is told now, if it is ours by now. */
async function foreign({ kind, payload, received_at }: KeptEvent, { database, accountSid }: ReplayParts) {
	const form = formOf(payload);
	if (!form || accountOf(form) !== accountSid) return 'foreign_account';
	if (kind === 'receipt') return (await database.recordReceipt(readReceipt(form, undefined))).outcome;
	const text = readInbound(form);
	if (!isSender(text.from)) return 'unsupported_sender';
	return (await database.receiveMessage(late(text, received_at))).outcome;
}

async function again({ payload, received_at }: KeptEvent, parts: ReplayParts): Promise<string> {
	const text = await textOf(payload, parts);
	// its words were removed, and all that it did before
	if (!text) return 'nothing_left';
	if (!isSender(text.from)) return 'unsupported_sender';
	return (await parts.database.replayMessage(late(text, received_at))).outcome;
}

/** As the webhook told it, or the carrier's list. */
async function textOf(payload: Payload, { carrier }: ReplayParts): Promise<InboundText | null> {
	const listed = inboundOf(payload);
	if (listed) {
		const media = listed.mediaCount > 0 ? await carrier.mediaOf(listed.carrierMessageId) : [];
		return { ...asReceived(listed), carrier: carrier.name, keyword: null, media };
	}
	const form = formOf(payload);
	try {
		return form && readInbound(form);
	} catch (error) {
		if (error instanceof Failure && error.slug === 'malformed') return null;
		throw error;
	}
}

/** A text that is heard of late: whose number it was then counts, and a START of then undoes no STOP of today. */
function late(text: InboundText, receivedAt: string): InboundText {
	return {
		...text,
		sentAt: text.sentAt ?? new Date(receivedAt),
		keyword: text.keyword === 'start' ? null : text.keyword
	};
}

/** What a webhook brought, as its form was read; null for what is none. */
function formOf(payload: Payload): Form | null {
	const isField = (value: unknown) =>
		typeof value === 'string' || (Array.isArray(value) && value.every((each) => typeof each === 'string'));
	return Object.values(payload).every(isField) ? (payload as Form) : null;
}
