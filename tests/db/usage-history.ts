/** A past for tests of figures: texts, requests for codes and movements of money at other times than now. */
import { randomBytes } from 'node:crypto';
import { firstIdAt } from '#core/days.ts';
import { stack } from '../support/shared-stack.ts';
import { inventNumber } from '../support/people.ts';

const { sql } = stack;

type Actor = { person: string | null; api_key_id: string | null };

/** An id of that moment that nobody else has. */
function idAt(at: Date): string {
	return `${firstIdAt(at.getTime()).slice(0, 24)}${randomBytes(6).toString('hex')}`;
}

/** A text of a number at a moment, in a conversation of its own: `received`, or out with that status. */
export async function textAt(
	organizationId: string,
	numberId: string,
	at: Date,
	status: string,
	by: Actor
): Promise<void> {
	const inbound = status === 'received';
	await sql`
		insert into public.messages (id, conversation_id, direction, status, origin, body, segments, author_id, api_key_id, carrier,
			error_code, created_at)
		values (${idAt(at)}, private.open_conversation(${organizationId}, ${numberId}, ${inventNumber()}),
			${inbound ? 'inbound' : 'outbound'}, ${status}, ${inbound ? 'contact' : by.api_key_id ? 'api_key' : 'person'}, 'Hello', 2,
			${inbound ? null : by.person}, ${inbound ? null : by.api_key_id}, 'twilio', ${status === 'failed' ? '30003' : null}, ${at})`;
}

/** A request for a code at a moment, and what became of it; `late`: a code came and it expired all the same. */
export async function verificationAt(
	organizationId: string,
	numberId: string,
	at: Date,
	fate: string,
	by: Actor
): Promise<void> {
	const came = ['code_received', 'completed', 'late'].includes(fate);
	await sql`
		insert into public.verifications (id, organization_id, phone_number_id, service_name, requested_by, api_key_id, ttl_seconds,
			idempotency_key, status, expires_at, code_received_at, ended_at, created_at)
		values (${idAt(at)}, ${organizationId}, ${numberId}, 'Door', ${by.person}, ${by.api_key_id}, 86400, ${crypto.randomUUID()},
			${fate === 'late' ? 'expired' : fate}, ${new Date(at.getTime() + 864e5 * 300)}, ${came ? at : null},
			${['waiting', 'code_received'].includes(fate) ? null : at}, ${at})`;
}

/** What `private.transfer` books between wallet and revenue, at another time than now. */
export async function bookAt(organizationId: string, at: Date, micros: number, reason: string): Promise<void> {
	const id = idAt(at);
	await sql.begin(async (tx) => {
		await tx`select private.lock_wallet(${organizationId})`;
		await tx`
			update public.ledger_accounts set credit_micros = 1000000000, balance_micros = balance_micros + ${micros}
			where organization_id = ${organizationId} and kind = 'wallet'`;
		await tx`
			insert into public.ledger_transfers (id, organization_id, reason, idempotency_key, created_at)
			values (${id}, ${organizationId}, ${reason}, ${id}, ${at})`;
		await tx`
			insert into public.ledger_entries (transfer_id, account_id, organization_id, amount_micros, created_at)
			select ${id}, a.id, a.organization_id, l.amount, ${at}
			from (values ('wallet'::public.ledger_account_kind, ${micros}::bigint), ('revenue', ${-micros}::bigint)) l (kind, amount)
			join public.ledger_accounts a on a.kind = l.kind and coalesce(a.organization_id, ${organizationId}) = ${organizationId}`;
	});
}
