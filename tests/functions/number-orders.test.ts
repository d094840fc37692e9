/** Numbers are found, ordered and bought through the developer API, by the stack's own worker and carrier. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Listed } from '../../supabase/functions/api/marketplace.ts';
import type { NumberOrder } from '#core/number-orders.ts';
import { addMember, createPerson, inventNumber, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { openApi } from './api-door.ts';
import { booksOf, createBuyer, ownedAtCarrier, type Buyer } from './buying.ts';
import { eventually } from './doors.ts';

const { env, sql } = stack;
const api = openApi(env);
let buyer: Buyer;
let viewer: Person;

beforeAll(async () => {
	[buyer, viewer] = await Promise.all([createBuyer(sql, env), createPerson(sql, env)]);
	await addMember(sql, buyer.organizationId, viewer, 'viewer');
});
afterAll(() => api.end());

type Page = { data: Listed[]; types: string[]; next_cursor: string | null };
const search = (query: Record<string, string>, by: { organizationId: string } & Pick<Person, 'accessToken'> = buyer) =>
	api.get<Page>(`/numbers/available?${new URLSearchParams({ organization_id: by.organizationId, ...query })}`, by);
const about = (number: Listed, by: { organizationId: string } = buyer) =>
	new URLSearchParams({ organization_id: by.organizationId, country: number.country, type: number.type });
const look = (number: Listed, by: Buyer = buyer) =>
	api.get<Listed>(`/numbers/available/${encodeURIComponent(number.number)}?${about(number, by)}`, by);
const wishFor = (number: Listed, by: { organizationId: string } = buyer) => ({
	organization_id: by.organizationId,
	number: number.number,
	country: number.country,
	type: number.type,
	total_micros: number.monthly_micros + number.setup_micros
});
const order = (number: Listed, by: Buyer = buyer, key: string = crypto.randomUUID()) =>
	api.post<NumberOrder>('/number-orders', by, wishFor(number, by), { headers: { 'idempotency-key': key } });
const ended = (id: string, by: Buyer = buyer) =>
	eventually(
		async () => (await api.get<NumberOrder>(`/number-orders/${id}`, by)).body,
		({ status }) => status === 'active' || status === 'released',
		30
	);
/** Numbers that no other test looks for. */
const some = async (pattern: string, by: Buyer = buyer) =>
	(await search({ country: 'US', type: 'local', contains: pattern, capabilities: 'sms' }, by)).body.data;

test('R4.1 numbers are found with what they cost, can do and need, those that can be had now first, page by page', async () => {
	const first = await search({ country: 'US', area_code: '415', capabilities: 'sms,mms', limit: '5' });
	expect(first.status).toBe(200);
	expect(first.body.data.filter(({ type }) => type === 'local')).toHaveLength(5);
	expect(first.body.data[0]).toMatchObject({
		number: expect.stringMatching(/^\+1415/) as string,
		locality: 'San Francisco',
		monthly_micros: 1_150_000,
		setup_micros: 0,
		text_out_micros: expect.any(Number) as number,
		text_in_micros: expect.any(Number) as number,
		needs: null,
		limits: expect.arrayContaining([expect.stringContaining('A2P 10DLC')]) as string[]
	});
	const second = await search({
		...{ country: 'US', area_code: '415', capabilities: 'sms,mms', limit: '5' },
		cursor: first.body.next_cursor!
	});
	const all = [...first.body.data, ...second.body.data].map(({ number }) => number);
	expect(new Set(all).size).toBe(all.length);

	const pizza = await search({ country: 'US', contains: '*PIZZA' });
	expect(pizza.body.data.length).toBeGreaterThan(0);
	expect(pizza.body.data.every(({ number }) => number.includes('74992'))).toBe(true);

	const { data } = (await search({ country: 'SE', limit: '3' })).body;
	expect(data.map(({ needs }) => needs !== null)).toEqual([false, false, false, true, true, true]);
	const german = (await search({ country: 'DE', type: 'mobile', limit: '1' })).body.data[0]!;
	expect(german.needs).toContain('an address in Germany and documents');
	expect(german.documents).toContain('Proof of address');
	const countries = await api.get<{ data: { country: string }[] }>('/numbers/countries', buyer);
	expect(countries.body.data.map(({ country }) => country)).toContain('JP');
});

test('R4.1 a search that cannot be is refused in words; a stranger to the organization finds nothing', async () => {
	const { body } = await search({ country: 'US', contains: '1*2' });
	expect(body).toMatchObject({
		status: 422,
		code: 'number_search_invalid',
		detail: expect.stringContaining('not in between') as string
	});
	const stranger = await createPerson(sql, env);
	expect((await search({ country: 'US' }, { ...stranger, organizationId: buyer.organizationId })).status).toBe(404);
	// whoever may not buy sees prices all the same
	const seen = await search({ country: 'US', limit: '1' }, { ...viewer, organizationId: buyer.organizationId });
	expect(seen.body.data[0]!.monthly_micros).toBe(1_150_000);
});

test('R4.3 a number is held, bought under its order’s name, paid once and owned; the buyer gets a receipt', async () => {
	const [number] = await some('74111');
	const before = await booksOf(sql, buyer.organizationId);
	expect((await look(number!)).body).toMatchObject({ number: number!.number, monthly_micros: 1_150_000 });
	const placed = await order(number!);
	expect(placed).toMatchObject({ status: 202, body: { status: 'held', total_micros: 1_150_000 } });
	const { id, phone_number_id } = await ended(placed.body.id).then((last) => {
		expect(last).toMatchObject({ status: 'active', e164: number!.number, reason: null });
		return last;
	});
	expect(await booksOf(sql, buyer.organizationId)).toEqual({
		...{ free: before.free - 1_150_000, held: 0, paid: before.paid + 1_150_000 },
		...{ owned: before.owned + 1, active: before.active + 1 }
	});
	expect(await ownedAtCarrier(env, number!.number)).toEqual([`order ${id}`]);
	const [owned] = await sql`select * from public.phone_numbers where id = ${phone_number_id}`;
	expect(owned).toMatchObject({ e164: number!.number, country_code: 'US', organization_id: buyer.organizationId });
	const letters = await eventually(
		async () =>
			(await (await fetch(`${env.MAIL_URL}/email`)).json()) as { subject: string; to: { address: string }[] }[],
		(list) => list.some(({ to }) => to.some(({ address }) => address === buyer.email)),
		30
	);
	const [receipt] = letters.filter(({ to }) => to.some(({ address }) => address === buyer.email));
	expect(receipt!.subject).toMatch(/^\+1.* is yours$/);
	// it is not for sale any more
	expect((await look(number!)).body).toMatchObject({ code: 'number_sold' });
});

test('R4.3 twenty clicks at once, with one key or with twenty, buy one number and pay once', async () => {
	const [one, other] = await some('74222');
	const clicker = await createBuyer(sql, env);
	await Promise.all([look(one!, clicker), look(other!, clicker)]);
	const key = crypto.randomUUID();
	const [same, different] = await Promise.all([
		Promise.all(Array.from({ length: 20 }, () => order(one!, clicker, key))),
		Promise.all(Array.from({ length: 20 }, () => order(other!, clicker)))
	]);
	// of those with one key, one is done; the others get its answer, or are told that it is being done
	const [first] = same.filter(({ status }) => status === 202);
	expect(new Set(same.map(({ status, body }) => (status === 409 ? first!.body.id : body.id)))).toEqual(
		new Set([first!.body.id])
	);
	// a click that comes after it was bought, of another tab or a colleague's, is that very order as well
	const orders = new Set(different.map(({ body }) => body.id));
	expect(orders.size).toBe(1);
	expect(await ended(first!.body.id, clicker)).toMatchObject({ status: 'active' });
	expect(await ended([...orders][0]!, clicker)).toMatchObject({ status: 'active' });
	expect((await order(other!, clicker)).body).toMatchObject({ id: [...orders][0]!, status: 'active' });
	expect(await booksOf(sql, clicker.organizationId)).toMatchObject({ free: 17_700_000, held: 0, owned: 2, active: 2 });
});

test('R4.3 of two buyers at once one wins and the other pays nothing, and is offered the nearest others', async () => {
	const [number] = await some('74333');
	const two = await Promise.all([createBuyer(sql, env), createBuyer(sql, env)]);
	await look(number!, two[0]);
	const placed = await Promise.all(two.map((one) => order(number!, one)));
	const ends = await Promise.all(
		placed.map(({ body, status }, at) => (status === 202 ? ended(body.id, two[at]!) : { status: 'released' as const }))
	);
	expect(ends.map(({ status }) => status).sort()).toEqual(['active', 'released']);
	const books = await Promise.all(two.map(({ organizationId }) => booksOf(sql, organizationId)));
	for (const [at, { free, held, owned }] of books.entries()) {
		const won = ends[at]!.status === 'active';
		expect({ free, held, owned }).toEqual({ free: won ? 18_850_000 : 20_000_000, held: 0, owned: won ? 1 : 0 });
	}
	expect(await ownedAtCarrier(env, number!.number)).toHaveLength(1);
	const near = await api.get<{ data: Listed[] }>(
		`/numbers/near/${encodeURIComponent(number!.number)}?${about(number!, two[0])}&capabilities=sms`,
		two[0]
	);
	expect(near.body.data).toHaveLength(3);
	for (const each of near.body.data) expect(each.number.slice(0, 5)).toBe(number!.number.slice(0, 5));
});

test('R4.3 a number that was sold to somebody else gives the money back', async () => {
	const [number] = await some('74444');
	const loser = await createBuyer(sql, env);
	await look(number!, loser);
	await fetch(`${env.CARRIER_URL}/catalogue/sell`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ number: number!.number })
	});
	const placed = await order(number!, loser);
	expect(await ended(placed.body.id, loser)).toMatchObject({ status: 'released', reason: 'number_sold' });
	expect(await booksOf(sql, loser.organizationId)).toMatchObject({ free: 20_000_000, held: 0, paid: 0, owned: 0 });
});

test('R4.3 nobody buys without the right, the password, the money, the documents, or at another price than they saw', async () => {
	const [number] = await some('74555');
	await look(number!);
	const asViewer = { ...buyer, accessToken: viewer.accessToken };
	expect((await order(number!, asViewer)).body).toMatchObject({ code: 'not_allowed' });
	const poor = await createBuyer(sql, env, 1_000_000);
	await sql`select private.grant_plan(${poor.organizationId}, 'starter', now() + interval '1 day')`;
	expect((await order(number!, poor)).body).toMatchObject({ code: 'balance_too_low' });
	await sql`select private.grant_plan(${poor.organizationId}, null, null)`;
	await sql`
		insert into public.phone_numbers (organization_id, e164, label, country_code)
		values (${poor.organizationId}, ${inventNumber()}, 'One', 'US')`;
	expect((await order(number!, poor)).body).toMatchObject({ code: 'numbers_full' });
	const cheap = await api.post('/number-orders', buyer, { ...wishFor(number!), total_micros: 1 });
	expect(cheap.body).toMatchObject({ code: 'number_price_changed' });
	const [german] = (await search({ country: 'DE', type: 'mobile', limit: '1' })).body.data;
	expect((await order(german!)).body).toMatchObject({ code: 'number_documents_missing' });
	const stale = await createBuyer(sql, env);
	await sql`update private.session_details set password_entered_at = now() - interval '1 hour' where session_id = ${stale.sessionId}`;
	expect((await order(number!, stale)).body).toMatchObject({ code: 'fresh_session_required' });
	const [left] = await sql`select count(*)::int as n from public.number_orders where e164 = ${number!.number}`;
	expect(left!.n).toBe(0);
});
