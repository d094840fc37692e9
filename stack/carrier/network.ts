/** The telephone network: carries texts between owned numbers and handsets, and tells the customer about it. */
import { randomBytes } from 'node:crypto';
import { findKeyword, type Keyword } from '#core/opt-out.ts';
import { countSegments } from '#core/segments.ts';
import type { Faults } from './faults.ts';
import { redactCode } from './one-time-codes.ts';
import { callbackParameters, inboundParameters } from './parameters.ts';
import { seenFrom, type Newsroom } from './news.ts';
import type { Direction, Media, Outcome, OwnedNumber, Step, Store, Text, Webhook } from './store.ts';
import { createTimers } from './timers.ts';
import type { Ending, Webhooks } from './webhooks.ts';

/** Milliseconds between the create call and the status. */
export type LifePace = { sent: number; delivered: number };

/** A text as the REST API hands it over, checked. */
export type Draft = {
	from: string;
	to: string;
	body: string;
	/** The files as they were fetched; or, with Twilio's code, why one could not be. */
	media: Attached[];
	mediaError: number | null;
	callback: string | null;
	serviceSid: string | null;
};

/** A file that goes along with a text. */
export type Attached = { type: string; bytes: Uint8Array<ArrayBuffer> };

type Settings = {
	store: Store;
	webhooks: Webhooks;
	newsroom: Newsroom;
	faults: Faults;
	accountSid: string;
	/** Where the carrier is reached, for the addresses of files. */
	origin: () => string;
	pace: LifePace;
};

type Later = (effect: () => void) => void;

// What Twilio answers by itself on long codes: https://help.twilio.com/articles/223134027
const answers = {
	stop: 'You have successfully been unsubscribed. You will not receive any more messages from this number. Reply START to resubscribe.',
	start:
		'You have successfully been re-subscribed to messages from this number. Reply HELP for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply.',
	help: 'Reply STOP to unsubscribe. Msg&Data Rates May Apply.'
} as const;

export type Network = ReturnType<typeof createNetwork>;

export function createNetwork({ store, webhooks, newsroom, faults, accountSid, origin, pace }: Settings) {
	const timers = createTimers();

	/** One transaction; what has to reach beyond the database happens after it. */
	function commit<Result>(work: (later: Later) => Result): Result {
		const effects: (() => void)[] = [];
		const result = store.transaction(() => work((effect) => effects.push(effect)));
		for (const effect of effects) effect();
		return result;
	}

	function findOwned(number: string): OwnedNumber | undefined {
		return store.get<OwnedNumber>('select * from numbers where number = ?', number);
	}

	function isOptedOut(number: string, handset: string): boolean {
		return store.get('select 1 from opt_outs where number = ? and handset = ?', number, handset) !== undefined;
	}

	function outcomeOf(handset: string): Outcome {
		const asked = store.get<Outcome>('select status, code from outcomes where handset = ?', handset);
		return asked ?? { status: 'delivered', code: null };
	}

	/** How a text to a handset ends: as was asked of the handset, else as the day has it. */
	function fateOf({ from, to, mediaError }: Draft): Outcome {
		if (mediaError !== null) return { status: 'failed', code: mediaError };
		const asked = outcomeOf(to);
		const fault = asked.status === 'delivered' ? faults.take('outcomes', { number: from, peer: to }) : undefined;
		return fault?.kind === 'outcome' ? { status: fault.status, code: fault.code } : asked;
	}

	function insertText(
		direction: Direction,
		from: string,
		to: string,
		body: string,
		more: Partial<Text>,
		files: readonly Attached[] = []
	): Text {
		const now = Date.now();
		const sid = makeSid(files.length === 0 ? 'SM' : 'MM');
		const kept = files.map((file) =>
			store.insert<Media>('media', {
				...file,
				sid: makeSid('ME'),
				text_sid: sid,
				token: randomBytes(24).toString('base64url'),
				created_at: now
			})
		);
		return store.insert<Text>('texts', {
			sid,
			direction,
			sender: from,
			recipient: to,
			body,
			media: JSON.stringify(kept.map((file) => file.sid)),
			segments: countSegments(body).segments,
			status: 'received',
			created_at: now,
			updated_at: now,
			...more
		});
	}

	function mediaOf(text: Text): Media[] {
		return store.all<Media>('select * from media where text_sid = ? order by seq', text.sid);
	}

	function filesOf(text: Text): Attached[] {
		return mediaOf(text).map(({ type, bytes }) => ({ type, bytes }));
	}

	function announce(text: Text, handset: string): void {
		newsroom.publish({ event: 'text', handset, text: seenFrom(handset, text) });
	}

	/** Takes a text from the account. It is queued; its life follows by itself. */
	function send(draft: Draft): Text {
		return commit((later) => {
			const more: Partial<Text> = {
				// one whose files could not be fetched was meant to be an MMS as well
				...(draft.mediaError !== null && { sid: makeSid('MM') }),
				status: draft.serviceSid ? 'accepted' : 'queued',
				callback: draft.callback,
				service_sid: draft.serviceSid
			};
			const text = insertText('outbound-api', draft.from, draft.to, draft.body, more, draft.media);
			for (const step of lifeOf(text, fateOf(draft), pace)) {
				const kept = store.insert<Step>('steps', { sid: text.sid, ...step });
				later(() => live(kept));
			}
			return text;
		});
	}

	function live(step: Step): void {
		// two timers can fire in the wrong order when the process was busy: earlier steps of the same text go first
		timers.at(step.due_at, () =>
			commit((later) => {
				const sql = 'select * from steps where sid = ? and id <= ? order by id';
				for (const due of store.all<Step>(sql, step.sid, step.id)) take(due, later);
			})
		);
	}

	/** The text takes its next status, and whoever asked is told. */
	function take(step: Step, later: Later): void {
		store.run('delete from steps where id = ?', step.id);
		const now = Date.now();
		const arrived = step.status === 'delivered';
		const text = store.get<Text>(
			`update texts set status = ?, error_code = ?, updated_at = ?, sent_at = coalesce(sent_at, ?),
				handset_status = ?, shown_at = ? where sid = ? returning *`,
			step.status,
			step.error_code,
			now,
			step.status === 'queued' ? null : now,
			arrived ? 'received' : null,
			arrived ? now : null,
			step.sid
		);
		if (!text) return; // the account deleted it
		if (text.callback) {
			const { sid, callback: url } = text;
			const lane = `${sid} ${text.status}`;
			const parameters = callbackParameters(accountSid, text);
			const webhook = webhooks.record({ kind: 'callbacks', sid, lane, url, method: 'POST' }, parameters);
			later(() => webhooks.schedule(webhook));
		}
		if (!arrived) return;
		const number = findOwned(text.recipient);
		if (number) receive(number, text.sender, text.body, filesOf(text), later);
		else later(() => announce(text, text.recipient));
	}

	/** A text reaches an owned number: kept, reported to its SmsUrl, and answered when it is a keyword. */
	function receive(number: OwnedNumber, from: string, body: string, files: readonly Attached[], later: Later): Text {
		const settings = settingsOf(number);
		const concern = { number: number.number, peer: from };
		const now = Date.now();
		const redacted = redactCode(body);
		const isRedacted = redacted !== null && faults.take('codes', concern)?.kind === 'redact';
		const more: Partial<Text> = {
			...(isRedacted && { status: 'failed', error_code: 30038 }),
			handset_status: settings.sms_url ? 'sending' : 'delivered',
			sent_at: now,
			shown_at: now
		};
		const text = insertText('inbound', from, number.number, isRedacted ? redacted : body, more, files);
		later(() => announce(text, from));
		const keyword = findKeyword(body);
		if (keyword) obey(number.number, from, keyword, later);
		if (settings.sms_url) {
			const isTold = keyword !== null && faults.take('keywords', concern)?.kind === 'opt_out_type';
			const lane = `${from} ${number.number}`;
			const target = {
				kind: 'inbound',
				sid: text.sid,
				lane,
				url: settings.sms_url,
				method: settings.sms_method
			} as const;
			const parameters = inboundParameters(
				{ accountSid, origin: origin() },
				text,
				mediaOf(text),
				isTold ? keyword.toUpperCase() : undefined
			);
			const webhook = webhooks.record(target, parameters);
			later(() => webhooks.schedule(webhook));
		}
		return text;
	}

	/** STOP, START and HELP as the network itself obeys them, for this pair of numbers. */
	function obey(number: string, handset: string, keyword: Keyword, later: Later): void {
		const changed =
			keyword === 'help' ||
			(keyword === 'stop'
				? store.run('insert or ignore into opt_outs (number, handset) values (?, ?)', number, handset) > 0
				: store.run('delete from opt_outs where number = ? and handset = ?', number, handset) > 0);
		if (changed) pass(number, handset, answers[keyword], later);
	}

	/** A text that the account never sees. */
	function pass(from: string, to: string, body: string, later: Later, files: readonly Attached[] = []): Text {
		const now = Date.now();
		const more = { handset_status: 'delivered', sent_at: now, shown_at: now } as const;
		const text = insertText('peer', from, to, body, more, files);
		later(() => announce(text, from));
		later(() => announce(text, to));
		return text;
	}

	/** Tells the number's fallback URL what its SmsUrl would not hear. False: there is none, or it was the fallback's turn. */
	function fallBack(webhook: Webhook): boolean {
		const parameters = JSON.parse(webhook.parameters) as Record<string, string>;
		const number = findOwned(parameters.To ?? '');
		if (!number || parameters.ErrorUrl) return false;
		const { sms_fallback_url: url, sms_fallback_method: method } = settingsOf(number);
		if (!url) return false;
		const [ErrorUrl = ''] = webhook.url.split('#');
		const target = { kind: webhook.kind, sid: webhook.sid, lane: webhook.lane, url, method };
		webhooks.schedule(webhooks.record(target, { ...parameters, ErrorCode: '11200', ErrorUrl }));
		return true;
	}

	return {
		findOwned,
		isOptedOut,
		outcomeOf,
		send,
		/** A handset texts a number, whoever has it. */
		text: (from: string, to: string, body: string, files: readonly Attached[] = []): Text =>
			commit((later) => {
				const number = findOwned(to);
				return number ? receive(number, from, body, files, later) : pass(from, to, body, later, files);
			}),
		/** How texts to this handset end from now on. */
		setOutcome(handset: string, { status, code }: Outcome): void {
			store.run('insert or replace into outcomes (handset, status, code) values (?, ?, ?)', handset, status, code);
		},
		/** The customer acknowledged an inbound text, or never did: its handset learns that, after the fallback URL's turn. */
		settle(webhook: Webhook, ending: Ending): void {
			if (webhook.kind !== 'inbound' || (ending === 'given up' && fallBack(webhook))) return;
			const text = store.get<Text>(
				'update texts set handset_status = ? where sid = ? returning *',
				ending === 'acknowledged' ? 'delivered' : 'failed',
				webhook.sid
			);
			if (text) announce(text, text.sender);
		},
		resume(): void {
			for (const step of store.all<Step>('select * from steps order by due_at, id')) live(step);
		},
		stop: () => timers.stop()
	};
}

type NumberSettings = { sms_url: string; sms_method: string; sms_fallback_url: string; sms_fallback_method: string };

function settingsOf(number: OwnedNumber): NumberSettings {
	return JSON.parse(number.settings) as NumberSettings;
}

/** A Twilio identifier: two letters and 32 hex digits. */
export function makeSid(prefix: string): string {
	return prefix + randomBytes(16).toString('hex');
}

/** The statuses to come after the first; with a Messaging Service the first is `accepted` and `queued` follows. */
function lifeOf(text: Text, outcome: Outcome, pace: LifePace): Omit<Step, 'id' | 'sid'>[] {
	const at = (status: string, delay: number, error_code: number | null = null) => ({
		status,
		error_code,
		due_at: text.created_at + delay
	});
	const before = text.service_sid ? [at('queued', 0)] : [];
	if (outcome.status === 'failed') return [...before, at('failed', pace.sent, outcome.code ?? 30008)];
	const last =
		outcome.status === 'delivered'
			? at('delivered', pace.delivered)
			: at('undelivered', pace.delivered, outcome.code ?? 30003);
	return [...before, at('sent', pace.sent), last];
}
