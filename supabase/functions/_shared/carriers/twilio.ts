import type { Status } from '../core/delivery.ts';
import { microsOf } from '../core/number-catalogue.ts';
import { readMedia } from './media.ts';
import type { Carrier, CarrierInbound, CarrierText, Handover } from './port.ts';
import { connect, isObject, noAnswer, read, troubleOf, type ConnectionSettings } from './twilio-connection.ts';
import { numberMarket } from './twilio-numbers.ts';
import { usageRecords } from './twilio-usage.ts';

export type TwilioSettings = ConnectionSettings & {
	/** Where the files of texts may lie besides; Twilio's own places when not said. */
	mediaHosts?: readonly string[];
	/** All addresses of a name; needed to read files. */
	resolve?: (host: string) => Promise<readonly string[]>;
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
	num_media: string | null;
	price: string | null;
	price_unit: string | null;
};

type Media = { sid: string; content_type: string | null };
type Page = { messages: Resource[]; next_page_uri: string | null };

// where the media resource redirects to (twilio.com/docs/messaging/api/media-resource#fetch-a-media-resource)
const mediaHosts = ['api.twilio.com', '*.twiliocdn.com', 's3-external-1.amazonaws.com'] as const;
/** How long a file may take, redirects and all, in ms: well within a lease. */
const mediaPatience = 25_000;
const pageSize = 200;
const mostPages = 5;
// date_created has whole seconds, and two clocks are never the same
const clockToleranceMilliseconds = 5_000;

/** Twilio behind the carrier port: its Messages API, what `twilio-numbers.ts` has of numbers and `twilio-usage.ts` of usage. */
export function twilio(settings: TwilioSettings): Carrier {
	const connection = connect(settings);
	const { account, ask, authorization, base, patience } = connection;
	const messages = `${connection.account}/Messages.json`;

	return {
		name: 'twilio',
		...numberMarket(connection),
		...usageRecords(connection),

		async reach(signal) {
			await read(await ask(`${account}.json`, signal));
		},

		async send({ from, to, body, mediaUrls, callbackUrl }) {
			try {
				const form = new URLSearchParams({ From: from, To: to, Body: body, StatusCallback: callbackUrl });
				for (const url of mediaUrls) form.append('MediaUrl', url);
				const response = await ask(messages, patience(), form);
				return translate(response, await response.json().catch(() => null));
			} catch (error) {
				return noAnswer(error);
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
			return { ...asText(resource), priceMicros: priceOf(resource) };
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
		},

		async mediaOf(carrierMessageId) {
			const list = messages.replace(/\.json$/, `/${encodeURIComponent(carrierMessageId)}/Media`);
			const { media_list: found } = await read<{ media_list: Media[] }>(await ask(`${list}.json`, patience()));
			return found.map(({ sid, content_type: type }) => ({ url: `${base}${list}/${encodeURIComponent(sid)}`, type }));
		},

		readMedia: (url, mostBytes) =>
			readMedia(
				url,
				{
					own: new URL(base).origin,
					authorization,
					hosts: settings.mediaHosts ?? mediaHosts,
					fetch: settings.fetch,
					resolve: settings.resolve ?? (() => Promise.resolve([]))
				},
				{ mostBytes, signal: AbortSignal.timeout(mediaPatience) }
			)
	};
}

function translate(response: Response, answer: unknown): Handover {
	if (response.ok && isResource(answer)) return { outcome: 'taken', text: asText(answer) };
	return troubleOf(response, answer);
}

function asText(resource: Resource): CarrierText {
	return {
		carrierMessageId: resource.sid,
		carrierStatus: resource.status,
		status: statusOf(resource.status),
		segments: Number.parseInt(resource.num_segments ?? '', 10) || null,
		errorCode: errorOf(resource)
	};
}

function errorOf({ error_code: code }: Resource): string | null {
	return code === null ? null : String(code);
}

/** What Twilio took, as "-0.00830" in its own words; null while it does not say, or in another currency than ours. */
function priceOf({ price, price_unit: unit }: Resource): number | null {
	return price && unit?.toUpperCase() === 'USD' ? microsOf(price.replace(/^-/, '')) : null;
}

/** An inbound text of Twilio's list, as a payload keeps it; null for what is none. */
export function inboundOf(payload: Readonly<Record<string, unknown>>): CarrierInbound | null {
	const { sid, to, date_created } = payload;
	if (typeof sid !== 'string' || typeof to !== 'string' || typeof date_created !== 'string') return null;
	return asInbound(payload as Resource);
}

function asInbound(resource: Resource): CarrierInbound {
	return {
		carrierMessageId: resource.sid,
		from: resource.from ?? '',
		to: resource.to,
		body: resource.body ?? '',
		segments: Number.parseInt(resource.num_segments ?? '', 10) || null,
		errorCode: inboundError(errorOf(resource)),
		mediaCount: Number.parseInt(resource.num_media ?? '', 10) || 0,
		sentAt: new Date(resource.date_created),
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
