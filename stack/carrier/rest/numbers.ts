/** The IncomingPhoneNumber resource: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource */
import type { Hono } from 'hono';
import type { Capability } from '#core/number-catalogue.ts';
import { parsePhone } from '#core/phone.ts';
import { findOffered } from '../catalogue/stock.ts';
import { invent } from '../handset-numbers.ts';
import { makeSid } from '../network.ts';
import type { Newsroom } from '../news.ts';
import type { OwnedNumber, Store } from '../store.ts';
import { rfc2822 } from './dates.ts';
import { Refusal } from './errors.ts';
import { answerPage, placeIn, type Place } from './paging.ts';
import { findPath, form, httpUrl, type Faulty, type RestEnv } from './request.ts';

type Setting = { field: string; initial: string | null; kind?: 'url' | 'method' };

/** What an owner may set, by parameter: its name in the resource and what it is to begin with. */
const settings: Readonly<Record<string, Setting>> = {
	FriendlyName: { field: 'friendly_name', initial: '' },
	SmsUrl: { field: 'sms_url', initial: '', kind: 'url' },
	SmsMethod: { field: 'sms_method', initial: 'POST', kind: 'method' },
	SmsFallbackUrl: { field: 'sms_fallback_url', initial: '', kind: 'url' },
	SmsFallbackMethod: { field: 'sms_fallback_method', initial: 'POST', kind: 'method' },
	SmsApplicationSid: { field: 'sms_application_sid', initial: '' },
	StatusCallback: { field: 'status_callback', initial: '', kind: 'url' },
	StatusCallbackMethod: { field: 'status_callback_method', initial: 'POST', kind: 'method' },
	VoiceUrl: { field: 'voice_url', initial: null, kind: 'url' },
	VoiceMethod: { field: 'voice_method', initial: 'POST', kind: 'method' },
	AddressSid: { field: 'address_sid', initial: null },
	BundleSid: { field: 'bundle_sid', initial: null }
};

export function serveNumbers(app: Hono<RestEnv>, store: Store, newsroom: Newsroom, faulty: Faulty): void {
	app.post('/IncomingPhoneNumbers.json', faulty('numbers.create'), async (c) => {
		const number = create(store, await form(c));
		newsroom.publish({ event: 'numbers' });
		return c.json(present(number, c.var.account), 201);
	});

	app.get('/IncomingPhoneNumbers.json', faulty('numbers.list'), (c) => {
		const { searchParams } = new URL(c.req.url);
		const place = placeIn(searchParams);
		const rows = list(store, searchParams, place);
		return answerPage(c, 'incoming_phone_numbers', place, rows, (number) => present(number, c.var.account));
	});

	app.get('/IncomingPhoneNumbers/:file', faulty('numbers.fetch'), (c) =>
		c.json(present(findPath(c.req, bySid), c.var.account))
	);

	app.post('/IncomingPhoneNumbers/:file', faulty('numbers.update'), async (c) => {
		const number = findPath(c.req, bySid);
		const changed = applySettings(JSON.parse(number.settings) as Record<string, string | null>, await form(c));
		const sql = 'update numbers set settings = ?, updated_at = ? where sid = ?';
		store.run(sql, JSON.stringify(changed), Date.now(), number.sid);
		newsroom.publish({ event: 'numbers' });
		return c.json(present(findPath(c.req, bySid), c.var.account));
	});

	app.delete('/IncomingPhoneNumbers/:file', faulty('numbers.remove'), (c) => {
		store.run('delete from numbers where sid = ?', findPath(c.req, bySid).sid);
		newsroom.publish({ event: 'numbers' });
		return c.body(null, 204);
	});

	function bySid(sid: string): OwnedNumber | undefined {
		return store.get<OwnedNumber>('select * from numbers where sid = ?', sid);
	}
}

function create(store: Store, fields: URLSearchParams): OwnedNumber {
	const phone = parseNumber(store, fields);
	checkAvailable(store, phone, fields);
	const initial = Object.fromEntries(Object.values(settings).map(({ field, initial }) => [field, initial]));
	const now = Date.now();
	return store.insert<OwnedNumber>('numbers', {
		sid: makeSid('PN'),
		number: phone,
		settings: JSON.stringify(applySettings({ ...initial, friendly_name: friendlyName(phone) }, fields)),
		created_at: now,
		updated_at: now
	});
}

/**
 * Throws the Refusal of a number that cannot be had. One of no range of the catalogue comes from elsewhere, as 555 01xx
 * does, and is had by whoever asks first. Any well-formed address and bundle will do.
 */
function checkAvailable(store: Store, phone: string, fields: URLSearchParams): void {
	const taken = 'select 1 from numbers where number = ?1 union all select 1 from sold where number = ?1';
	const offered = findOffered(phone);
	if (offered === null || store.get(taken, phone)) throw new Refusal(21422, phone);
	if (!offered) return;
	const { address, bundle } = offered.kind;
	if (address !== 'none' && !/^AD[0-9a-f]{32}$/.test(fields.get('AddressSid') ?? '')) throw new Refusal(21631);
	if (bundle && !/^BU[0-9a-f]{32}$/.test(fields.get('BundleSid') ?? '')) throw new Refusal(21649);
}

/** The number asked for, or a free one of the area code asked for. */
function parseNumber(store: Store, fields: URLSearchParams): string {
	const areaCode = fields.get('AreaCode');
	if (!fields.has('PhoneNumber') && areaCode) {
		const free = /^[2-9]\d\d$/.test(areaCode) ? invent(store, [areaCode]) : null;
		if (!free) throw new Refusal(21452, areaCode);
		return free;
	}
	const raw = fields.get('PhoneNumber') ?? '';
	const parsed = parsePhone(raw);
	if (!('phone' in parsed)) throw new Refusal(21421, raw);
	return parsed.phone;
}

function applySettings(current: Record<string, string | null>, fields: URLSearchParams): Record<string, string | null> {
	const changed = { ...current };
	for (const [parameter, { field, kind }] of Object.entries(settings)) {
		const value = fields.get(parameter);
		if (value === null) continue;
		if (kind === 'url' && value !== '' && !httpUrl(value)) throw new Refusal(21402, value);
		if (kind === 'method' && value !== 'GET' && value !== 'POST') throw new Refusal(21403, value);
		changed[field] = value;
	}
	return changed;
}

/** One page, oldest first. PhoneNumber may be part of a number, with * for any digit. */
function list(store: Store, query: URLSearchParams, place: Place): OwnedNumber[] {
	const backwards = place.cursor?.direction === 'previous';
	const edge = place.cursor && store.get<{ seq: number }>('select seq from numbers where sid = ?', place.cursor.sid);
	if (place.cursor && !edge) throw new Refusal(20001, 'PageToken');
	const part = query.get('PhoneNumber')?.replace(/[^\d+*]/g, '') ?? '';
	const rows = store.all<OwnedNumber>(
		`select * from numbers where number glob ? and json_extract(settings, '$.friendly_name') =
			coalesce(?, json_extract(settings, '$.friendly_name')) and seq > ? and seq < ?
			order by seq ${backwards ? 'desc' : 'asc'} limit ? offset ?`,
		`*${part.replaceAll('*', '?')}*`,
		query.get('FriendlyName'),
		edge && !backwards ? edge.seq : 0,
		edge && backwards ? edge.seq : Number.MAX_SAFE_INTEGER,
		backwards ? place.size : place.size + 1,
		edge ? 0 : place.page * place.size
	);
	return backwards ? rows.reverse() : rows;
}

/** A number as its default name: national where the plan is North American. */
export function friendlyName(number: string): string {
	const parts = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(number);
	return parts ? `(${parts[1]}) ${parts[2]}-${parts[3]}` : number;
}

/** What a number can do as resources say it. */
export function capabilityFlags(capabilities: readonly Capability[]): Record<'voice' | 'sms' | 'mms' | 'fax', boolean> {
	const has = (name: Capability) => capabilities.includes(name);
	return { voice: has('voice'), sms: has('sms'), mms: has('mms'), fax: false };
}

function present(number: OwnedNumber, account: string): object {
	const list = `/2010-04-01/Accounts/${account}/IncomingPhoneNumbers`;
	const offered = findOffered(number.number);
	return {
		account_sid: account,
		address_requirements: offered?.kind.address ?? 'none',
		api_version: '2010-04-01',
		beta: false,
		capabilities: capabilityFlags(offered?.capabilities ?? ['sms', 'mms']),
		date_created: rfc2822(number.created_at),
		date_updated: rfc2822(number.updated_at),
		emergency_address_sid: null,
		emergency_address_status: 'unregistered',
		emergency_status: 'Inactive',
		identity_sid: null,
		origin: 'twilio',
		phone_number: number.number,
		sid: number.sid,
		status: 'in-use',
		subresource_uris: { assigned_add_ons: `${list}/${number.sid}/AssignedAddOns.json` },
		trunk_sid: null,
		type: offered?.type.replace('_', '') ?? 'local',
		uri: `${list}/${number.sid}.json`,
		voice_application_sid: '',
		voice_caller_id_lookup: false,
		voice_fallback_method: 'POST',
		voice_fallback_url: null,
		voice_receive_mode: 'voice',
		...(JSON.parse(number.settings) as object)
	};
}
