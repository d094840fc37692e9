import { Failure } from '../_shared/core/failures.ts';
import type { VerificationStatus } from '../_shared/core/verifications.ts';
import type { Asked, CallerDatabase, Claims } from '../_shared/database-caller.ts';
import { call, literal } from '../_shared/database-literal.ts';
import { requireAlive, requireOrganization } from './caller.ts';

/** A row of `api.verifications`, as its view says; of which this much is looked at here. */
export type Verification = Readonly<{
	id: string;
	status: VerificationStatus;
	revision: number;
	[field: string]: unknown;
}>;

export type Wish = {
	organizationId: string;
	/** Of the catalogue, by its id or name; or any other name. */
	service: string;
	/** Its id or E.164; null for any suitable one. */
	number: string | null;
	ttlSeconds: number;
	note: string | null;
	key: string;
};

export type Filter = {
	organizationId: string;
	status: VerificationStatus | null;
	before: string | null;
	limit: number;
};

type Answer = { answer: Verification };

/** No number has it: where one was named and is not the caller's, this is asked for instead, and refused. */
const nobodys = '00000000-0000-0000-0000-000000000000';

/** Asks for a code. Raises what `api.request_verification` raises. */
export async function request(database: CallerDatabase, claims: Claims, wish: Wish): Promise<Verification> {
	const organization = literal(wish.organizationId);
	const service = literal(wish.service);
	const key = wish.number?.startsWith('+') ? 'n.e164' : 'n.id';
	const number =
		wish.number === null
			? 'null'
			: `coalesce((select n.id from api.phone_numbers n
				where n.organization_id = ${organization} and ${key} = ${literal(wish.number)}), '${nobodys}')`;
	const [row] = await database.rows<Answer>(
		claims,
		`with known as (
			select s.id from api.services s where lower(${service}) in (s.id, lower(s.name)) limit 1)
		select api.request_verification(organization_id => ${organization}, idempotency_key => ${literal(wish.key)},
			service_id => (select id from known),
			service_name => case when not exists (select from known) then ${service} end,
			phone_number_id => ${number}, ttl_seconds => ${literal(wish.ttlSeconds)},
			note => ${literal(wish.note)}) as answer`
	);
	return present(row);
}

export async function cancel(database: CallerDatabase, claims: Claims, id: string, reason: string | null) {
	const verb = call('cancel_verification', { verification_id: id, reason }, 'api');
	const [row] = await database.rows<Answer>(claims, `select ${verb} as answer`);
	return present(row);
}

export async function complete(database: CallerDatabase, claims: Claims, id: string, code: string | null) {
	const verb = call('complete_verification', { verification_id: id, code }, 'api');
	const [row] = await database.rows<Answer>(claims, `select ${verb} as answer`);
	return present(row);
}

/** One of them; refuses with `not_found`, or with why the caller sees nothing at all. */
export async function one(database: CallerDatabase, claims: Claims, id: string): Promise<Verification> {
	const [row] = await database.rows<Answer>(claims, some([id]));
	if (row) return row.answer;
	await requireAlive(database, claims);
	throw new Failure('not_found');
}

/** Several people's, in one round trip; whoever may not see one finds it missing. */
export async function several(
	database: CallerDatabase,
	wanted: readonly { claims: Claims; ids: readonly string[] }[]
): Promise<Verification[][]> {
	const asked = wanted.map(({ claims, ids }): Asked => ({ claims, statement: some(ids) }));
	const answers = await database.together<Answer>(asked);
	return answers.map((rows) => rows.map(({ answer }) => answer));
}

/** An organization's, newest first. Refuses with `not_found` where it is not the caller's. */
export async function list(database: CallerDatabase, claims: Claims, filter: Filter): Promise<Verification[]> {
	const rows = await database.rows<Answer>(
		claims,
		`select to_jsonb(v) as answer from api.verifications v where v.organization_id = ${literal(filter.organizationId)}
			${filter.status === null ? '' : `and v.status = ${literal(filter.status)}`}
			${filter.before === null ? '' : `and v.id < ${literal(filter.before)}`}
			order by v.id desc limit ${literal(filter.limit)}`
	);
	if (rows.length === 0) await requireOrganization(database, claims, filter.organizationId);
	return rows.map(({ answer }) => answer);
}

function some(ids: readonly string[]): string {
	return `select to_jsonb(v) as answer from api.verifications v where v.id in (${ids.map(literal).join(',')})`;
}

function present(row: Answer | undefined): Verification {
	if (!row) throw new Failure('internal', undefined, { cause: 'a verb answered nothing' });
	return row.answer;
}
