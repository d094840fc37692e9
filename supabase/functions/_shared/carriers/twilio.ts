import type { Status } from '../core/delivery.ts';
import type { Carrier, CarrierInbound, CarrierText, Handover } from './port.ts';

export type TwilioSettings = {
	accountSid: string;
	authToken: string;
	/** Where Twilio's REST API is; without it, Twilio's own. */
	baseUrl: string | undefined;
	fetch: typeof fetch;
	/** How long a send or a look-up may take; 15 s when not said. */
	timeoutMilliseconds?: number;
};

// Twilio's words (twilio.com/docs/messaging/api/message-resource#message-status-values) in ours. What it has taken is
// `sending` until it says more: `queued` is ours, for what it has not.
const statuses: Readonly<Record<string, Status>> = {
	accepted: 'sending',
	scheduled: 'sending',
	queued: 'sending',
	sending: 'sending',
	sent: 'sent',
	partially_delivered: 'sent',
	delivered: 'delivered',
	read: 'delivered',
	undelivered: 'failed',
	failed: 'failed',
	canceled: 'failed',
	receiving: 'received',
	received: 'received'
};

/** Our status for a word of Twilio's, null for one we do not know. */
export function statusOf(twilioStatus: string): Status | null {
	return Object.hasOwn(statuses, twilioStatus) ? (statuses[twilioStatus] ?? null) : null;
}

type Resource = {
	sid: string;
	status: string;
	body: string | null;
	direction: string;
	from: string | null;
	to: string;
	date_created: string;
	num_segments: string | null;
	error_code: number | null;
};

type Page = { messages: Resource[]; next_page_uri: string | null };

const formType = 'application/x-www-form-urlencoded;charset=UTF-8';
const pageSize = 200;
const mostPages = 5;
// date_created has whole seconds, and two clocks are never the same
const clockToleranceMilliseconds = 5_000;

/** Twilio's Messages API behind the carrier port. */
export function twilio(settings: TwilioSettings): Carrier {
	const base = (settings.baseUrl ?? 'https://api.twilio.com').replace(/\/$/, '');
	const messages = `/2010-04-01/Accounts/${settings.accountSid}/Messages.json`;
	const authorization = `Basic ${btoa(`${settings.accountSid}:${settings.authToken}`)}`;

	const patience = () => AbortSignal.timeout(settings.timeoutMilliseconds ?? 15_000);

	const ask = (path: string, signal: AbortSignal, form?: URLSearchParams) => {
		const init: RequestInit & { duplex?: 'half' } = {
			headers: { authorization, accept: 'application/json', ...(form && { 'content-type': formType }) },
			signal
		};
		// A stream, because Deno's fetch repeats by itself what it can replay: where a kept connection is cut after the
		// carrier took the text, a body that is a string is sent a second time, and so is the text.
		if (form) Object.assign(init, { method: 'POST', body: new Blob([form.toString()]).stream(), duplex: 'half' });
		return settings.fetch(base + path, init);
	};

	return {
		name: 'twilio',

		async send({ from, to, body, callbackUrl }) {
			try {
				const form = new URLSearchParams({ From: from, To: to, Body: body, StatusCallback: callbackUrl });
				const response = await ask(messages, patience(), form);
				return translate(response, await response.json().catch(() => null));
			} catch (error) {
				return { outcome: 'unknown', error: `no answer: ${nameOf(error)}`, retryAfterSeconds: null };
			}
		},

		async find({ from, to, body }, since) {
			const earliest = since.getTime() - clockToleranceMilliseconds;
			const found: CarrierText[] = [];
			const signal = patience();
			// no DateSent filter: a text still in Twilio's queue has no such date, and it is the one looked for
			let path: string | null =
				`${messages}?${new URLSearchParams({ From: from, To: to, PageSize: String(pageSize) })}`;
			for (let page = 1; path !== null; page += 1) {
				if (page > mostPages) throw new Error('the carrier has too many texts to look through');
				const response = await ask(path, signal);
				const list = await read<Page>(response);
				const recent = list.messages.filter((each) => Date.parse(each.date_created) >= earliest);
				found.push(...recent.filter((each) => isSame(each, body)).map(asText));
				path = recent.length === 0 ? null : list.next_page_uri;
			}
			return found;
		},

		async fetch(carrierMessageId) {
			const path = messages.replace(/\.json$/, `/${encodeURIComponent(carrierMessageId)}.json`);
			const response = await ask(path, patience());
			if (response.status === 404) {
				await response.body?.cancel();
				return null;
			}
			const resource = await read<Resource>(response);
			const { error_code } = resource;
			return { ...asText(resource), errorCode: error_code === null ? null : String(error_code) };
		},

		async inboundSince(since, page) {
			const query = { 'DateSent>': since.toISOString().replace(/\.\d+Z$/, 'Z'), PageSize: String(pageSize) };
			const newest = `${messages}?${new URLSearchParams(query)}`;
			// only ever a page of this list: what is asked carries our credentials
			const wanted = page?.startsWith(`${messages}?`) ? page : newest;
			let response = await ask(wanted, patience());
			if (wanted !== newest && [400, 404].includes(response.status)) {
				// a page the carrier has forgotten: once more from the newest
				await response.body?.cancel();
				response = await ask(newest, patience());
			}
			const list = await read<Page>(response);
			// Twilio has no filter for a direction
			const texts = list.messages.filter((each) => each.direction === 'inbound').map(asInbound);
			return { texts, next: list.next_page_uri };
		}
	};
}

/** The answer to a look-up. Throws when it is not one. */
async function read<Answer>(response: Response): Promise<Answer> {
	if (response.ok) return (await response.json()) as Answer;
	await response.body?.cancel();
	throw new Error(`the carrier answered ${response.status} to a look-up`);
}

function translate(response: Response, answer: unknown): Handover {
	if (response.ok && isResource(answer)) return { outcome: 'taken', text: asText(answer) };
	const code = codeOf(answer);
	const error = `carrier answered ${response.status}${code ? `, code ${code}` : ''}`;
	const retryAfterSeconds = retryAfter(response.headers.get('retry-after'));
	if (response.status === 429) return { outcome: 'not_taken', error, retryAfterSeconds };
	if (response.status >= 400 && response.status < 500) {
		// 20xxx is about our account, and an answer without a code is not Twilio's: neither says a word about the text
		const permanent = code !== null && !/^20\d{3}$/.test(code);
		return permanent ? { outcome: 'refused', code, error } : { outcome: 'not_taken', error, retryAfterSeconds };
	}
	return { outcome: 'unknown', error, retryAfterSeconds };
}

function asText(resource: Resource): CarrierText {
	return {
		carrierMessageId: resource.sid,
		carrierStatus: resource.status,
		status: statusOf(resource.status),
		segments: Number.parseInt(resource.num_segments ?? '', 10) || null
	};
}

function asInbound(resource: Resource): CarrierInbound {
	return {
		carrierMessageId: resource.sid,
		from: resource.from ?? '',
		to: resource.to,
		body: resource.body ?? '',
		segments: Number.parseInt(resource.num_segments ?? '', 10) || null,
		errorCode: inboundError(resource.error_code === null ? null : String(resource.error_code)),
		payload: { ...resource }
	};
}

// What Twilio does to inbound texts (twilio.com/docs/api/errors): 30038, a one-time code struck out.
const inboundErrors: ReadonlySet<string | null> = new Set(['30038']);

/** The code of an inbound text where it says what was done to it; others (11200 at the fallback URL) are about the webhook. */
export function inboundError(code: string | null): string | null {
	return inboundErrors.has(code) ? code : null;
}

/** Twilio trims a body's ends; beyond that it keeps it. */
function isSame(resource: Resource, body: string): boolean {
	return resource.direction !== 'inbound' && (resource.body ?? '').trim() === body.trim();
}

function isResource(answer: unknown): answer is Resource {
	return isObject(answer) && typeof answer.sid === 'string' && typeof answer.status === 'string';
}

function codeOf(answer: unknown): string | null {
	return isObject(answer) && typeof answer.code === 'number' ? String(answer.code) : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null;
}

/** Seconds of a Retry-After header; Twilio sends no dates there. */
function retryAfter(header: string | null): number | null {
	const seconds = Number.parseInt(header ?? '', 10);
	return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

/** The name of a network error, without its message: messages may quote the address. */
function nameOf(error: unknown): string {
	return error instanceof Error ? error.name : 'error';
}
