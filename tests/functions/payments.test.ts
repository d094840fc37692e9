/** Wallets and the payment provider, through the doors: the function, the provider's page, its webhooks, the worker. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { createOrganization, createPerson, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { eventually } from './doors.ts';

const { env, sql } = stack;

const payer = { email: 'noor@tidewater.example', name: 'Noor Haddad', expires: '11 / 29', cvc: '123' };
const cards = {
	pays: '4242 4242 4242 4242',
	asksAlways: '4000 0027 6000 3184'
} as const;

async function team() {
	const owner = await createPerson(sql, env);
	const { id } = await createOrganization(sql, { owner });
	return { owner, id };
}

function ask(person: Person, path: string, body: object) {
	return fetch(`${env.SUPABASE_URL}/functions/v1/stripe/v1/${path}`, {
		method: 'POST',
		headers: { authorization: `Bearer ${person.accessToken}`, 'content-type': 'application/json' },
		body: JSON.stringify(body)
	});
}
type Answer = { id?: string; url: string; code?: string };
const answer = async (response: Response | Promise<Response>) => (await (await response).json()) as Answer;

/** What a browser does with a form of the provider's page. */
const submit = (address: string, fields: Record<string, string>) =>
	fetch(address, {
		method: 'POST',
		headers: { origin: env.PAYMENTS_URL, 'sec-fetch-site': 'same-origin' },
		body: new URLSearchParams(fields),
		redirect: 'manual'
	});
const pay = (url: string, number: string) => submit(url, { ...payer, number });

/** The card's owner says yes to their bank. */
const confirm = (page: URL) =>
	submit(page.href, { outcome: 'complete', secret: [...page.searchParams.values()].join('') });

const walletOf = async (id: string) => {
	const [row] = await sql<{ micros: number }[]>`
		select balance_micros::float8 as micros from api.wallets where organization_id = ${id}`;
	return row?.micros ?? 0;
};
const topUpsOf = (id: string) => sql<{ id: string; status: string; automatic: boolean; decline_code: string | null }[]>`
	select id, status, automatic, decline_code from api.top_ups where organization_id = ${id} order by id`;

const payments = (path: string) =>
	fetch(`${env.PAYMENTS_URL}/v1/${path}`, { headers: { authorization: `Bearer ${env.STRIPE_SECRET_KEY}` } });

test('a top-up that is clicked three times at once is one page, one customer and one payment, and the card is kept', async () => {
	const { owner, id } = await team();
	const wish = { organization_id: id, amount_micros: 20_000_000, idempotency_key: randomUUID() };
	const clicks = await Promise.all([1, 2, 3].map(() => answer(ask(owner, 'top-ups', wish))));
	expect(new Set(clicks.map(({ url }) => url)).size).toBe(1);
	await Promise.all([pay(clicks[0]!.url, cards.pays), pay(clicks[0]!.url, cards.pays)]);
	await eventually(
		() => walletOf(id),
		(micros) => micros > 0
	);
	expect(await topUpsOf(id)).toMatchObject([{ id: clicks[0]!.id, status: 'paid', automatic: false }]);
	expect((await answer(ask(owner, 'readings', { organization_id: id }))).code).toBeUndefined();
	expect(await walletOf(id)).toBe(20_000_000);
	const [customer] = await eventually(
		() => sql`
		select b.provider_id, a.payment_method ->> 'last4' as last4
		from public.billing_customers b join api.billing_customers a using (organization_id)
		where organization_id = ${id}`,
		([row]) => row?.last4 === '4242'
	);
	const intents = (await (await payments(`payment_intents?customer=${customer!.provider_id}`)).json()) as {
		data: unknown[];
	};
	expect(intents.data).toHaveLength(1);
});

test('a wallet that runs low fills itself once; a bank that wants its owner pauses it until they have confirmed', async () => {
	const { owner, id } = await team();
	const first = await answer(
		ask(owner, 'top-ups', { organization_id: id, amount_micros: 5_000_000, idempotency_key: randomUUID() })
	);
	const asked = await pay(first.url, cards.asksAlways);
	await confirm(new URL(asked.headers.get('location')!, env.PAYMENTS_URL));
	await eventually(
		async () => (await sql`select payment_method from api.billing_customers where organization_id = ${id}`)[0],
		(row) => Boolean(row?.payment_method)
	);
	await ask(owner, 'readings', { organization_id: id });
	expect(await walletOf(id)).toBe(5_000_000);

	await sql`
		insert into public.auto_top_ups (organization_id, threshold_micros, amount_micros, monthly_ceiling_micros)
		values (${id}, 10000000, 7000000, 14000000)`;
	const [row] = await sql<{ made: string | null; again: string | null }[]>`
		select private.ask_auto_top_up(${id}) as made, private.ask_auto_top_up(${id}) as again`;
	expect([typeof row!.made, row!.again]).toEqual(['string', null]);
	await eventually(
		() => topUpsOf(id),
		(all) => all.at(-1)!.status === 'needs_action'
	);
	const rests = async () => (await sql`select pause_reason from api.auto_top_ups where organization_id = ${id}`)[0];
	expect(await rests()).toEqual({ pause_reason: 'needs_action' });
	expect(await walletOf(id)).toBe(5_000_000);

	const { url } = await answer(ask(owner, 'top-ups/confirmations', { top_up_id: row!.made! }));
	await confirm(new URL(url));
	await eventually(
		() => walletOf(id),
		(micros) => micros === 12_000_000
	);
	expect((await topUpsOf(id)).map(({ status }) => status)).toEqual(['paid', 'paid']);
});

test('only those who may decide about money are heard', async () => {
	const { owner, id } = await team();
	const stranger = await createPerson(sql, env);
	const wish = { organization_id: id, amount_micros: 20_000_000, idempotency_key: randomUUID() };
	const refused = await ask(stranger, 'top-ups', wish);
	expect([refused.status, (await answer(refused)).code]).toEqual([404, 'not_found']);
	const small = await ask(owner, 'top-ups', { ...wish, amount_micros: 100 });
	expect([small.status, (await answer(small)).code]).toEqual([422, 'top_up_invalid']);
	const unsigned = await fetch(`${env.SUPABASE_URL}/functions/v1/stripe`, { method: 'POST', body: '{}' });
	expect(unsigned.status).toBe(403);
});
