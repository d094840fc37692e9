/** Organizations with money, people who may spend it, and numbers to buy: for tests of purchases. */
import type { Sql } from 'postgres';
import { createOrganization, createPerson, type Person } from '../support/people.ts';
import type { Environment } from '../support/stack.ts';

export type Buyer = Person & { organizationId: string; slug: string };

/** An owner whose password was entered just now, of an organization with so much in its wallet and room for numbers. */
export async function createBuyer(sql: Sql, env: Environment, micros = 20_000_000): Promise<Buyer> {
	const person = await createPerson(sql, env);
	const organization = await createOrganization(sql, { owner: person });
	await sql`select private.record_password_entered(${person.sessionId})`;
	await sql`select private.grant_plan(${organization.id}, 'pro', now() + interval '1 day')`;
	await sql`
		select private.transfer(${organization.id}, array[row('payments', ${-micros}), row('wallet', ${micros})]::private.ledger_leg[],
			'top_up', ${`buyer ${organization.id}`})`;
	return { ...person, organizationId: organization.id, slug: organization.slug };
}

/** What somebody has to do with money and numbers, after whatever happened: in micros, and counts. */
export async function booksOf(sql: Sql, organizationId: string) {
	const [row] = await sql<{ free: number; held: number; paid: number; owned: number; active: number }[]>`
		select w.balance_micros::float8 as free, w.held_micros::float8 as held,
			(select coalesce(sum(h.captured_micros), 0)::float8 from public.ledger_holds h
				where h.organization_id = w.organization_id and h.reason = 'number') as paid,
			(select count(*)::int from public.phone_numbers n
				where n.organization_id = w.organization_id and n.released_at is null) as owned,
			(select count(*)::int from public.number_orders o
				where o.organization_id = w.organization_id and o.status = 'active') as active
		from api.wallets w where w.organization_id = ${organizationId}`;
	return row!;
}

/** The numbers that the carrier has given to our account under the names of orders. */
export async function ownedAtCarrier(env: Environment, e164: string): Promise<string[]> {
	const account = `${env.TWILIO_ACCOUNT_SID}:${env.TWILIO_AUTH_TOKEN}`;
	const query = new URLSearchParams({ PhoneNumber: e164 });
	const response = await fetch(
		`${env.CARRIER_URL}/2010-04-01/Accounts/${env.TWILIO_ACCOUNT_SID}/IncomingPhoneNumbers.json?${query}`,
		{ headers: { authorization: `Basic ${btoa(account)}` } }
	);
	const list = (await response.json()) as { incoming_phone_numbers: { friendly_name: string }[] };
	return list.incoming_phone_numbers.map((number) => number.friendly_name);
}
