/** Texts and their money, as tests see them. */
import { stack } from '../support/shared-stack.ts';
import { inventNumber, type Person } from '../support/people.ts';
import { as, edge, type Message } from './acting.ts';

const { sql } = stack;

export type Charge = {
	status: 'held' | 'charged' | 'returned';
	segments: number;
	carrier_segments: number | null;
	included_segments: number;
	billed_segments: number | null;
	charged: number;
	shortfall: number;
	hold: number | null;
};

/** What a text costs, in 10⁻⁶ USD. */
export async function chargeOf(message: string): Promise<Charge> {
	const [row] = await sql<Charge[]>`
		select c.status, c.segments, c.carrier_segments, c.included_segments, c.billed_segments, c.charged_micros::float8 as charged,
			c.shortfall_micros::float8 as shortfall, h.amount_micros::float8 as hold
		from public.text_charges c left join public.ledger_holds h on h.id = c.hold_id
		where c.message_id = ${message}`;
	return row!;
}

/** Free and set aside, in 10⁻⁶ USD. */
export async function walletOf(organizationId: string): Promise<{ free: number; held: number }> {
	const [row] = await sql<{ free: number; held: number }[]>`
		select balance_micros::float8 as free, held_micros::float8 as held from api.wallets where organization_id = ${organizationId}`;
	return row ?? { free: 0, held: 0 };
}

/** How many of the plan's segments were used this month. */
export async function allowanceOf(organizationId: string): Promise<number> {
	const [row] = await sql<{ used: number }[]>`
		select used from public.segment_allowances where organization_id = ${organizationId}
			and month = private.month_of(${organizationId})`;
	return row?.used ?? 0;
}

/** Nothing is left of what the plan includes this month. */
export async function useUpPlan(organizationId: string): Promise<void> {
	await sql`
		insert into public.segment_allowances (organization_id, month, used)
		select ${organizationId}, private.month_of(${organizationId}), (private.plan_of(${organizationId})).included_segments`;
}

export async function giveMoney(organizationId: string, micros: number): Promise<void> {
	await sql`
		select private.transfer(${organizationId}, array[row('adjustments', -${micros}::bigint), row('wallet', ${micros}::bigint)]::private.ledger_leg[],
			'adjustment', ${crypto.randomUUID()})`;
}

/** A text to somebody new. It waits for half a minute, so that the stack's own worker leaves it alone. */
export async function textFrom(
	who: Person,
	numberId: string,
	body = 'Hello',
	recipient = inventNumber()
): Promise<Message> {
	return as(who, async (tx) => {
		const [row] = await tx<{ message: Message }[]>`
			select api.send_message(${body}, ${crypto.randomUUID()}, phone_number_id => ${numberId}, recipient => ${recipient},
				hold_seconds => 30::smallint) as message`;
		return row!.message;
	});
}

/** The carrier took a text. */
export async function dispatched(
	message: string,
	{ segments, status, sid = sidOf(message) }: { segments: number | null; status: 'sending' | 'sent'; sid?: string }
): Promise<void> {
	await edge`select service.record_dispatched(${message}, ${sid}, ${status}, null, ${segments})`;
}

/** The carrier says what became of it. */
export async function receipt(message: string, status: 'sent' | 'delivered' | 'failed'): Promise<void> {
	await edge`
		select service.record_receipt('twilio', ${sidOf(message)}, ${message}, ${status}, ${status}, ${status === 'failed' ? '30003' : null},
			${edge.json({ test: true })})`;
}

/** The carrier refused it. */
export async function failed(message: string, code: string): Promise<void> {
	await edge`select service.record_send_failure(${message}, ${code})`;
}

/** The carrier's id of a text of ours. */
export function sidOf(message: string): string {
	return `SM${message.replaceAll('-', '')}`;
}

/** What is wrong with all books together, and with those of somebody's organizations: others tamper with theirs meanwhile. */
export async function wrongInBooks({ userId }: Person): Promise<unknown[]> {
	const rows = await sql<{ found: unknown }[]>`
		select f as found from jsonb_array_elements(private.find_in_books()) f
		where f ->> 'id' is null or (f ->> 'id')::uuid in (
			select unnest(array[m.organization_id, a.id, t.id])
			from public.memberships m
			left join public.ledger_accounts a on a.organization_id = m.organization_id
			left join public.ledger_transfers t on t.organization_id = m.organization_id
			where m.user_id = ${userId})`;
	return rows.map(({ found }) => found);
}
