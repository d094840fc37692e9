import type { Thing } from '../store.ts';

/** https://docs.stripe.com/api/errors */
export type ErrorBody = {
	type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
	message: string;
	code?: string;
	decline_code?: string;
	param?: string;
	charge?: string;
	payment_intent?: Thing;
	payment_method?: Thing;
};

/** A refusal of the REST API. One with 402 keeps what was done: a declined attempt is part of the story. */
export class Refusal extends Error {
	readonly status: number;
	readonly body: ErrorBody;
	constructor(status: number, body: ErrorBody) {
		super(body.message);
		this.status = status;
		this.body = body;
	}
}

/** A request that is not as it should be: 400 unless told otherwise. */
export function invalid(message: string, more: { code?: string; param?: string } = {}, status = 400): Refusal {
	return new Refusal(status, { type: 'invalid_request_error', message, ...more });
}

export function missing(kind: string, id: string, param = 'id', status = 404): Refusal {
	const noun = kind === 'payment_method' ? 'PaymentMethod' : kind;
	return invalid(`No such ${noun}: '${id}'`, { code: 'resource_missing', param }, status);
}

/** The error body that goes with a status asked for as a fault. */
export function faultBody(status: number, code: string | undefined): ErrorBody {
	const usual: Record<number, ErrorBody> = {
		402: { type: 'card_error', code: 'card_declined', message: 'Your card was declined.' },
		409: {
			type: 'invalid_request_error',
			code: 'lock_timeout',
			message: 'This object cannot be accessed right now because another API request is currently accessing it.'
		},
		429: { type: 'invalid_request_error', code: 'rate_limit', message: 'Request rate limit exceeded.' }
	};
	const otherwise: ErrorBody =
		status >= 500
			? { type: 'api_error', message: 'An unknown error occurred.' }
			: { type: 'invalid_request_error', message: 'This request was refused on request.' };
	return { ...(usual[status] ?? otherwise), ...(code && { code }) };
}
