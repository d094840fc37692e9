import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

// https://www.twilio.com/docs/api/errors; the wording is what the API answers.
const catalogue = {
	20001: { status: 400, says: 'Bad request' },
	20003: { status: 401, says: 'Authenticate' },
	20004: { status: 405, says: 'Method not allowed' },
	20009: { status: 409, says: 'Cannot delete message because delivery has not been completed.' },
	20404: { status: 404, says: 'The requested resource was not found' },
	20429: { status: 429, says: 'Too Many Requests' },
	20500: { status: 500, says: 'An internal server error has occurred' },
	20503: { status: 503, says: 'Service is unavailable. Please try again' },
	21211: { status: 400, says: "Invalid 'To' Phone Number" },
	21212: { status: 400, says: "Invalid 'From' Number" },
	21266: { status: 400, says: "'To' and 'From' number cannot be the same" },
	21402: { status: 400, says: 'Invalid Url' },
	21403: { status: 400, says: 'Invalid Method' },
	21421: { status: 400, says: 'PhoneNumber is invalid' },
	21422: { status: 400, says: 'PhoneNumber is not available' },
	21452: { status: 400, says: 'No phone numbers found in area code' },
	21602: { status: 400, says: 'Message body is required.' },
	21603: { status: 400, says: "A 'From' phone number is required." },
	21604: { status: 400, says: "A 'To' phone number is required." },
	21606: {
		status: 400,
		says: "The 'From' phone number is not a valid, message-capable Twilio phone number for this account"
	},
	21609: { status: 400, says: "Invalid 'StatusCallback'" },
	21610: { status: 400, says: 'Attempt to send to unsubscribed recipient' },
	21617: { status: 400, says: 'The concatenated message body exceeds the 1600 character limit' },
	21620: { status: 400, says: 'Invalid media URL(s)' },
	21631: { status: 400, says: 'Phone Number Requires an Address' },
	21649: { status: 400, says: 'Phone Number requires a Bundle that is twilio-approved' },
	21703: { status: 400, says: 'The Messaging Service does not have a phone number available to send a message' }
} as const;

export type Code = keyof typeof catalogue;

/** A refusal of the REST API; `about` names the value that was refused. */
export class Refusal extends Error {
	readonly code: Code;
	constructor(code: Code, about?: string) {
		super(about === undefined ? catalogue[code].says : `${catalogue[code].says}: ${about}`);
		this.code = code;
	}
}

/** Twilio's error body. */
export function answerRefusal(c: Context, refusal: Refusal): Response {
	const { status } = catalogue[refusal.code];
	if (status === 401) c.header('www-authenticate', 'Basic realm="Twilio API"');
	return answerError(c, status, refusal.code, refusal.message);
}

/** The error body that goes with a status asked for as a fault. */
export function answerFault(c: Context, status: number, code: number | undefined): Response {
	const usual = ([20429, 20503, 20003, 20404] as const).find((candidate) => catalogue[candidate].status === status);
	const fallback = status >= 500 ? 20500 : 20001;
	const chosen = code ?? usual ?? fallback;
	const says = Object.hasOwn(catalogue, chosen) ? catalogue[chosen as Code].says : 'Bad request';
	return answerError(c, status as ContentfulStatusCode, chosen, says);
}

function answerError(c: Context, status: ContentfulStatusCode, code: number, message: string): Response {
	return c.json({ code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status }, status);
}
