/** What the customer's webhooks are told, in Twilio's words. */
import { placeOf, type Place } from './geography.ts';
import type { Media, Text } from './store.ts';

/**
 * https://www.twilio.com/docs/messaging/guides/webhook-request
 * `optOutType`: with Advanced Opt-Out, the keyword that Twilio has answered.
 */
export function inboundParameters(
	{ accountSid, origin }: { accountSid: string; origin: string },
	text: Text,
	media: readonly Media[],
	optOutType?: string
): Record<string, string> {
	const files = `${origin}/2010-04-01/Accounts/${accountSid}/Messages/${text.sid}/Media`;
	return {
		...prefixed('To', placeOf(text.recipient)),
		...prefixed('From', placeOf(text.sender)),
		SmsMessageSid: text.sid,
		SmsSid: text.sid,
		MessageSid: text.sid,
		AccountSid: accountSid,
		SmsStatus: 'received',
		From: text.sender,
		To: text.recipient,
		Body: text.body,
		NumMedia: String(media.length),
		...Object.fromEntries(
			media.flatMap(({ sid, type }, at) => [
				[`MediaContentType${at}`, type],
				[`MediaUrl${at}`, `${files}/${sid}`]
			])
		),
		NumSegments: String(text.segments),
		ApiVersion: '2010-04-01',
		...(optOutType && { OptOutType: optOutType }),
		...(text.error_code !== null && { ErrorCode: String(text.error_code) })
	};
}

/** https://www.twilio.com/docs/messaging/guides/track-outbound-message-status */
export function callbackParameters(accountSid: string, text: Text): Record<string, string> {
	const isFinal = text.status === 'delivered' || text.status === 'undelivered';
	return {
		SmsSid: text.sid,
		MessageSid: text.sid,
		SmsStatus: text.status,
		MessageStatus: text.status,
		To: text.recipient,
		From: text.sender,
		AccountSid: accountSid,
		ApiVersion: '2010-04-01',
		...(text.service_sid && { MessagingServiceSid: text.service_sid }),
		...(text.error_code !== null && { ErrorCode: String(text.error_code) }),
		...(isFinal && { RawDlrDoneDate: dlrDate(text.updated_at) })
	};
}

function prefixed(prefix: 'From' | 'To', place: Place): Record<string, string> {
	return Object.fromEntries(Object.entries(place).map(([key, value]) => [prefix + key, value]));
}

/** YYMMDDhhmm. */
function dlrDate(at: number): string {
	return new Date(at).toISOString().replace(/\D/g, '').slice(2, 12);
}
