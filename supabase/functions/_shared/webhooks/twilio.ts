import { inboundError, statusOf } from '../carriers/twilio.ts';
import { Failure } from '../core/failures.ts';
import { mediaLimits } from '../core/media-types.ts';
import { findKeyword, type Keyword } from '../core/opt-out.ts';
import { countSegments } from '../core/segments.ts';
import { storable } from '../database-literal.ts';
import type { InboundText, Payload, Receipt } from '../database-receiving.ts';
import { field, type Form } from '../http/form.ts';

/** The name Twilio's texts and events are stored under. */
export const carrier = 'twilio';

// sent with Advanced Opt-Out, when Twilio has answered the keyword already
const optOutTypes: Readonly<Record<string, Keyword>> = { STOP: 'stop', START: 'start', HELP: 'help' };

const longestId = 64;
const longestAddress = 2000;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An inbound text as Twilio tells it; everything it says is kept in `payload`. Raises `malformed`. */
export function readInbound(form: Form): InboundText {
	const body = storable(field(form, 'Body') ?? '');
	const segments = Number.parseInt(field(form, 'NumSegments') ?? '', 10);
	const optOutType = field(form, 'OptOutType') ?? '';
	return {
		carrier,
		carrierMessageId: required(form, 'MessageSid', 'SmsMessageSid', 'SmsSid'),
		from: required(form, 'From'),
		to: required(form, 'To'),
		body,
		segments: segments > 0 ? segments : Math.max(1, countSegments(body).segments),
		keyword: (Object.hasOwn(optOutTypes, optOutType) && optOutTypes[optOutType]) || findKeyword(body),
		errorCode: inboundError(field(form, 'ErrorCode')),
		media: mediaIn(form),
		payload: payloadOf(form)
	};
}

/** Where the files lie that came with a text: MediaUrl0, MediaContentType0 and so on, NumMedia of them. */
function mediaIn(form: Form): { url: string; type: string | null }[] {
	const count = Math.min(Number.parseInt(field(form, 'NumMedia') ?? '', 10) || 0, mediaLimits.perMessage);
	return Array.from({ length: count }, (_, at) => ({
		url: storable(field(form, `MediaUrl${at}`) ?? ''),
		type: storable(field(form, `MediaContentType${at}`) ?? '') || null
	})).filter(({ url }) => url !== '' && url.length <= longestAddress);
}

/** A delivery receipt as Twilio tells it. `messageId` is what our own callback URL carried. Raises `malformed`. */
export function readReceipt(form: Form, messageId: string | undefined): Receipt {
	const carrierStatus = required(form, 'MessageStatus', 'SmsStatus');
	return {
		carrier,
		carrierMessageId: required(form, 'MessageSid', 'SmsSid'),
		messageId: messageId !== undefined && uuid.test(messageId) ? messageId : null,
		status: statusOf(carrierStatus),
		carrierStatus,
		errorCode: field(form, 'ErrorCode') || null,
		payload: payloadOf(form)
	};
}

/** The account a webhook speaks for; null where it does not say. */
export function accountOf(form: Form): string | null {
	return field(form, 'AccountSid');
}

/** All fields, documented or not: the carrier adds some without notice. */
export function payloadOf(form: Form): Payload {
	// no prototype: a field may have any name
	const payload = Object.create(null) as Record<string, string | string[]>;
	for (const name in form) payload[storable(name)] = form[name] ?? '';
	return payload;
}

function required(form: Form, ...names: readonly string[]): string {
	const value = names.map((name) => field(form, name)).find(Boolean);
	if (!value || value.length > longestId) throw new Failure('malformed', `${names[0] ?? 'A field'} is missing.`);
	return storable(value);
}
