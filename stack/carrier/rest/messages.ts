/** The Message resource: https://www.twilio.com/docs/messaging/api/message-resource */
import type { Hono } from 'hono';
import { parsePhone } from '#core/phone.ts';
import { rateOf } from '../catalogue/rates.ts';
import { findOffered } from '../catalogue/stock.ts';
import type { Draft, Network } from '../network.ts';
import type { Store, Text } from '../store.ts';
import { rfc2822, dateBounds } from './dates.ts';
import { Refusal } from './errors.ts';
import { answerPage, placeIn, type Place } from './paging.ts';
import { fetchAll } from './media.ts';
import { findPath, form, httpUrl, type Faulty, type RestEnv } from './request.ts';

// https://www.twilio.com/docs/api/errors: what the resource says beside its error_code
const errorMessages: Readonly<Record<number, string>> = {
	30001: 'Queue overflow',
	30002: 'Account suspended',
	30003: 'Unreachable destination handset',
	30004: 'Message blocked',
	30005: 'Unknown destination handset',
	30006: 'Landline or unreachable carrier',
	30007: 'Message filtered',
	30008: 'Unknown error',
	30034: 'Unregistered number',
	11200: 'HTTP retrieval failure',
	12300: 'Invalid Content-Type',
	30019: 'Content size exceeds carrier limit',
	30038: 'OTP message body filtered'
};

/** Parameters that change what is sent or when, which this simulator cannot do: refused rather than ignored. */
const unsupported = ['ScheduleType', 'SendAt', 'ContentSid'];

const billed = new Set(['sent', 'delivered', 'undelivered', 'read']);
const ongoing = new Set(['accepted', 'queued', 'sending', 'sent']);

export function serveMessages(app: Hono<RestEnv>, store: Store, network: Network, faulty: Faulty): void {
	app.post('/Messages.json', faulty('messages.create'), async (c) => {
		const fields = await form(c);
		const draft = parseDraft(fields, store, network);
		const text = network.send({ ...draft, ...(await fetchAll(fields.getAll('MediaUrl'))) });
		return c.json(present(text, c.var.account), 201);
	});

	app.get('/Messages.json', faulty('messages.list'), (c) => {
		const { searchParams } = new URL(c.req.url);
		const place = placeIn(searchParams);
		return answerPage(c, 'messages', place, list(store, searchParams, place), (text) => present(text, c.var.account));
	});

	app.get('/Messages/:file', faulty('messages.fetch'), (c) => c.json(present(find(c.req), c.var.account)));

	app.post('/Messages/:file', faulty('messages.update'), async (c) => {
		const text = find(c.req);
		const fields = await form(c);
		// all that can be done to a text afterwards is to empty it
		if (fields.get('Body') !== '' || fields.has('Status')) throw new Refusal(20001, 'only Body= (redaction)');
		if (ongoing.has(text.status)) throw new Refusal(20009);
		store.run("update texts set body = '', updated_at = ? where sid = ?", Date.now(), text.sid);
		return c.json(present(find(c.req), c.var.account));
	});

	app.delete('/Messages/:file', faulty('messages.remove'), (c) => {
		const text = find(c.req);
		if (ongoing.has(text.status)) throw new Refusal(20009);
		store.run('delete from texts where sid = ?', text.sid);
		store.run('delete from media where text_sid = ?', text.sid);
		return c.body(null, 204);
	});

	function find(request: { path: string; param(name: string): string | undefined }): Text {
		const sql = "select * from texts where sid = ? and direction <> 'peer'";
		return findPath(request, (sid) => store.get<Text>(sql, sid));
	}
}

/** Checks a create call in Twilio's order. Throws the Refusal of the first thing that is amiss. */
function parseDraft(fields: URLSearchParams, store: Store, network: Network): Omit<Draft, 'media' | 'mediaError'> {
	for (const name of unsupported) if (fields.has(name)) throw new Refusal(20001, `${name} is not simulated`);
	const rawTo = fields.get('To')?.trim();
	const rawFrom = fields.get('From')?.trim();
	const serviceSid = fields.get('MessagingServiceSid') || null;
	if (!rawTo) throw new Refusal(21604);
	if (!rawFrom && !serviceSid) throw new Refusal(21603);
	const to = parsePhone(rawTo, 'US');
	if (!('phone' in to)) throw new Refusal(21211, rawTo);

	const from = rawFrom ? parseSender(rawFrom, network) : anyOwned(store);
	if (from === to.phone) throw new Refusal(21266);

	const body = (fields.get('Body') ?? '').toWellFormed();
	const media = fields.getAll('MediaUrl');
	if (body === '' && media.length === 0) throw new Refusal(21602);
	if ([...body].length > 1600) throw new Refusal(21617);
	if (media.length > 10 || !media.every(httpUrl)) throw new Refusal(21620);
	const callback = fields.get('StatusCallback') || null;
	if (callback !== null && (callback.length > 4000 || !httpUrl(callback))) throw new Refusal(21609, callback);
	if (network.isOptedOut(from, to.phone)) throw new Refusal(21610);
	return { from, to: to.phone, body, callback, serviceSid };
}

function parseSender(raw: string, network: Network): string {
	const from = parsePhone(raw, 'US');
	if (!('phone' in from)) throw new Refusal(21212, raw);
	const offered = findOffered(from.phone);
	const isForCalls = offered && !offered.capabilities.includes('sms');
	if (isForCalls || !network.findOwned(from.phone)) throw new Refusal(21606, raw);
	return from.phone;
}

/** With a Messaging Service alone, the simulator's sender pool is every owned number, the oldest first. */
function anyOwned(store: Store): string {
	const owned = store.get<{ number: string }>('select number from numbers order by seq limit 1');
	if (!owned) throw new Refusal(21703);
	return owned.number;
}

/** One page of the account's texts, newest first. A text without date_sent (still queued) fits no DateSent filter. */
function list(store: Store, query: URLSearchParams, place: Place): Text[] {
	const { from, to } = dateBounds(query, 'DateSent');
	const backwards = place.cursor?.direction === 'previous';
	const edge = place.cursor && store.get<{ seq: number }>('select seq from texts where sid = ?', place.cursor.sid);
	if (place.cursor && !edge) throw new Refusal(20001, 'PageToken');
	const rows = store.all<Text>(
		`select * from texts where direction <> 'peer'
			and recipient = coalesce(?, recipient) and sender = coalesce(?, sender)
			and coalesce(sent_at >= ?, ?) and coalesce(sent_at <= ?, ?) and seq < ? and seq > ?
			order by seq ${backwards ? 'asc' : 'desc'} limit ? offset ?`,
		query.get('To') || null,
		query.get('From') || null,
		from,
		from === null ? 1 : 0,
		to,
		to === null ? 1 : 0,
		edge && !backwards ? edge.seq : Number.MAX_SAFE_INTEGER,
		edge && backwards ? edge.seq : 0,
		backwards ? place.size : place.size + 1,
		edge ? 0 : place.page * place.size
	);
	return backwards ? rows.reverse() : rows;
}

function present(text: Text, account: string): object {
	const uri = `/2010-04-01/Accounts/${account}/Messages/${text.sid}`;
	return {
		account_sid: account,
		api_version: '2010-04-01',
		body: text.body,
		date_created: rfc2822(text.created_at),
		date_sent: text.sent_at === null ? null : rfc2822(text.sent_at),
		date_updated: rfc2822(text.updated_at),
		direction: text.direction,
		error_code: text.error_code,
		error_message: text.error_code === null ? null : (errorMessages[text.error_code] ?? null),
		from: text.status === 'accepted' ? null : text.sender,
		messaging_service_sid: text.service_sid,
		num_media: String((JSON.parse(text.media) as string[]).length),
		num_segments: text.status === 'accepted' ? '0' : String(text.segments),
		// told once the text is on its way, or here; nothing for one that never left
		price: billed.has(text.status) || text.direction === 'inbound' ? `-${rateOf(text)}` : null,
		price_unit: 'USD',
		sid: text.sid,
		status: text.status,
		subresource_uris: { media: `${uri}/Media.json` },
		tags: null,
		to: text.recipient,
		uri: `${uri}.json`
	};
}
