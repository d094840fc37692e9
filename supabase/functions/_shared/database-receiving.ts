import type { Status } from './core/delivery.ts';
import type { Keyword } from './core/opt-out.ts';
import { receivedCodes, type Context } from './core/received-codes.ts';
import type { Ask } from './database-ask.ts';

export type Payload = Readonly<Record<string, unknown>>;

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
	/** When it was written, where we hear of it late: the number may have been somebody else's. */
	sentAt?: Date;
	payload: Payload;
	/** The files that came with it, to be fetched. */
	media: readonly { url: string; type: string | null }[];
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

/** Requests to the door of a provider that it did not sign. */
export type RefusedEvent = {
	provider: 'twilio' | 'stripe';
	path: string;
	/** The door has no secret, the request no signature, or a wrong one. */
	reason: 'unconfigured' | 'missing' | 'wrong';
	address: string | null;
	times: number;
};

/** An event as it came once; `received_at` in ISO 8601. */
export type KeptEvent = { kind: string; payload: Payload; received_at: string };

type Received = { outcome: 'stored' | 'duplicate' | 'unknown_number'; message_id?: string; conversation_id?: string };
/** What the database knows that could make other codes of a text; nothing is stored yet. */
type Considered = { outcome: 'consider'; context: Context };
type Recorded = { outcome: 'applied' | 'duplicate' | 'unchanged' | 'unknown_message' | 'kept' };

/** The service verbs about what providers tell us. */
export function receivingVerbs(ask: Ask) {
	async function stored(verb: 'receive_message' | 'replay_message', text: InboundText): Promise<Received> {
		const store = (context?: Context) => {
			const { codes, doubts } = receivedCodes(text.body, text.from, context);
			return ask<Received | Considered>(verb, {
				carrier: text.carrier,
				carrier_message_id: text.carrierMessageId,
				from_number: text.from,
				to_number: text.to,
				body: text.body,
				segments: text.segments,
				keyword: text.keyword,
				payload: text.payload,
				error_code: text.errorCode,
				...(text.sentAt && { sent_at: text.sentAt.toISOString() }),
				...(isSome(text.media) && { media: text.media }),
				...(isSome(codes) && { codes }),
				...(!context && doubts && { doubts })
			});
		};
		const answer = await store();
		if (answer.outcome !== 'consider') return answer;
		// without doubts it is not asked again
		return (await store(answer.context)) as Received;
	}

	return {
		/**
		 * Stores an inbound text with all that follows from it, once, whatever the carrier repeats. Only a text whose codes
		 * depend on what the database knows, a rule or a service that is waited for, is read and asked for a second time.
		 */
		receiveMessage: (text: InboundText) => stored('receive_message', text),

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

		/** Counts requests that a provider did not sign; at most a hundred. */
		noteRefusedEvents: (refused: readonly [RefusedEvent, ...RefusedEvent[]]) =>
			ask<null>('note_refused_events', { refused }),

		/** An event that an operator has looked at again; null: it is gone. */
		eventToReplay: (provider: string, key: string) =>
			ask<KeptEvent | null>('event_to_replay', { provider, event_key: key }),

		/** As `receiveMessage`, for a text that was told before: a duplicate, or stored where it was nobody's then. */
		replayMessage: (text: InboundText) => stored('replay_message', text),

		/** As `recordReceipt`, for one that is kept; `status` is what its word means to us now. */
		replayReceipt: (carrier: string, key: string, status: Status | null) =>
			ask<Recorded>('replay_receipt', { carrier, event_key: key, status }),

		/** Has what an event is about read again. */
		replayPaymentEvent: (key: string, about: { kind: string; id: string } | null) =>
			ask<{ outcome: 'read_again' | 'ignored' }>('replay_payment_event', {
				event_key: key,
				object_kind: about?.kind ?? null,
				object_id: about?.id ?? null
			}),

		/** Counts a replay and keeps what came of it. */
		finishReplay: (provider: string, key: string, outcome: string) =>
			ask<null>('finish_replay', { provider, event_key: key, outcome })
	};
}

function isSome<Item>(list: readonly Item[]): list is readonly [Item, ...Item[]] {
	return list.length > 0;
}
