/** Usage records: https://www.twilio.com/docs/usage/api/usage-record. All days are GMT's. */
import { createHash } from 'node:crypto';
import type { Context, Hono } from 'hono';
import { rateOf } from '../catalogue/rates.ts';
import type { Store, Text } from '../store.ts';
import { Refusal } from './errors.ts';
import { answerPage, placeIn, type Place } from './paging.ts';
import type { Faulty, RestEnv } from './request.ts';

type Billed = Pick<Text, 'direction' | 'recipient' | 'media' | 'segments'> & { day: string };
type Usage = { sid: string; category: string; start: string; end: string; texts: number; units: number; price: number };

/** Twilio has hundreds; a text is counted in each that its category begins with. */
const descriptions: Readonly<Record<string, string>> = {
	sms: 'SMS: All',
	'sms-inbound': 'SMS: Inbound',
	'sms-outbound': 'SMS: Outbound',
	mms: 'MMS: All',
	'mms-inbound': 'MMS: Inbound',
	'mms-outbound': 'MMS: Outbound'
};

// of a text that never left there is no usage
const billed = `
	select direction, recipient, media, segments, date(coalesce(sent_at, created_at) / 1000, 'unixepoch') as day from texts
	where direction = 'inbound' or (direction = 'outbound-api' and status in ('sent', 'delivered', 'undelivered', 'read'))`;

const dayMilliseconds = 24 * 60 * 60 * 1000;

export function serveUsage(app: Hono<RestEnv>, store: Store, faulty: Faulty): void {
	app.get('/Usage/Records.json', faulty('usage.list'), (c) => {
		const { texts, from, to } = textsOf(c);
		return answer(c, sum(texts, from, to, categoriesOf(c)));
	});

	app.get('/Usage/Records/Daily.json', faulty('usage.list'), (c) => {
		const { texts, from, to } = textsOf(c);
		const byDay = Map.groupBy(texts, ({ day }) => day);
		const categories = categoriesOf(c);
		return answer(
			c,
			daysBetween(from, to).flatMap((day) => sum(byDay.get(day) ?? [], day, day, categories))
		);
	});

	function textsOf(c: Context): { texts: Billed[]; from: string; to: string } {
		const all = store.all<Billed>(`select * from (${billed}) order by day`);
		const today = new Date().toISOString().slice(0, 10);
		const from = dayIn(c, 'StartDate') ?? all[0]?.day ?? today;
		const to = dayIn(c, 'EndDate') ?? today;
		return { texts: all.filter(({ day }) => day >= from && day <= to), from, to };
	}
}

function categoriesOf(c: Context): string[] {
	const asked = c.req.query('Category');
	return Object.keys(descriptions).filter((category) => !asked || category === asked);
}

/** YYYY-MM-DD, or so many days from today, as "-30days". */
function dayIn(c: Context, name: string): string | null {
	const raw = c.req.query(name);
	if (!raw) return null;
	const offset = /^([+-]\d{1,4})days?$/.exec(raw)?.[1];
	const at = offset ? Date.now() + Number(offset) * dayMilliseconds : Date.parse(raw);
	if (Number.isNaN(at) || (!offset && !/^\d{4}-\d{2}-\d{2}$/.test(raw))) throw new Refusal(20001, name);
	return new Date(at).toISOString().slice(0, 10);
}

/** From the latest to the earliest. */
function daysBetween(from: string, to: string): string[] {
	const days: string[] = [];
	for (let at = Date.parse(to); at >= Date.parse(from); at -= dayMilliseconds)
		days.push(new Date(at).toISOString().slice(0, 10));
	return days;
}

function sum(texts: Billed[], start: string, end: string, categories: string[]): Usage[] {
	return categories.map((category) => {
		const counted = texts.filter((text) => categoryOf(text).startsWith(category));
		return {
			sid: `UR${createHash('md5').update(`${category} ${start} ${end}`).digest('hex')}`,
			category,
			start,
			end,
			texts: counted.length,
			units: counted.reduce((units, { media, segments }) => units + (media === '[]' ? segments : 1), 0),
			price: counted.reduce((price, text) => price + Number(rateOf(text)), 0)
		};
	});
}

function categoryOf({ direction, media }: Billed): string {
	return `${media === '[]' ? 'sms' : 'mms'}-${direction === 'inbound' ? 'inbound' : 'outbound'}`;
}

function answer(c: Context<RestEnv>, usage: Usage[]): Response {
	const place = placeIn(new URL(c.req.url).searchParams);
	const asOf = new Date().toISOString().replace(/\.\d+Z$/, '+00:00');
	return answerPage(c, 'usage_records', place, pageOf(usage, place), (each) => present(c, each, asOf));
}

function pageOf(usage: Usage[], { size, page, cursor }: Place): Usage[] {
	if (!cursor) return usage.slice(page * size, (page + 1) * size + 1);
	const edge = usage.findIndex(({ sid }) => sid === cursor.sid);
	if (edge < 0) throw new Refusal(20001, 'PageToken');
	return cursor.direction === 'next'
		? usage.slice(edge + 1, edge + size + 2)
		: usage.slice(Math.max(edge - size, 0), edge);
}

function present(c: Context<RestEnv>, { category, start, end, texts, units, price }: Usage, asOf: string): object {
	const records = `/2010-04-01/Accounts/${c.var.account}/Usage/Records`;
	const isSms = category.startsWith('sms');
	return {
		account_sid: c.var.account,
		api_version: '2010-04-01',
		as_of: asOf,
		category,
		count: String(texts),
		count_unit: 'messages',
		description: descriptions[category],
		end_date: end,
		price: price.toFixed(5),
		price_unit: 'usd',
		start_date: start,
		subresource_uris: { daily: `${records}/Daily.json?Category=${category}` },
		uri: `${c.req.path}?Category=${category}&StartDate=${start}&EndDate=${end}`,
		usage: String(units),
		usage_unit: isSms ? 'segments' : 'messages'
	};
}
