import type { CallerDatabase, Claims } from '../_shared/database-caller.ts';
import { literal } from '../_shared/database-literal.ts';
import { is, ofOrganization, only, where } from './asking.ts';

/** A row of `api.opt_outs`. It has no id: a number and a contact are one. */
export type OptOutRow = Readonly<{
	phone_number_id: string;
	contact_number: string;
	opted_out_at: string;
	[field: string]: unknown;
}>;
export type OptOutFilter = {
	phone_number_id?: string | undefined;
	contact_number?: string | undefined;
	source?: string | undefined;
};
/** Where a page begins: after this one. */
export type OptOutPlace = { at: string; contact: string; number: string };

const told = `select jsonb_build_object('organization_id', o.organization_id, 'phone_number_id', o.phone_number_id,
	'number', o.number_e164, 'contact_number', o.contact_number, 'source', o.source, 'note', o.note, 'added_by', o.added_by,
	'opted_out_at', o.opted_out_at) as answer from api.opt_outs o`;

/** Who may not be texted, the newest first. */
export function list(
	database: CallerDatabase,
	caller: Claims,
	organizationId: string,
	filter: OptOutFilter,
	{ place, limit }: { place?: OptOutPlace | undefined; limit: number }
): Promise<OptOutRow[]> {
	const statement = `${told} ${where([
		is('o.organization_id', organizationId),
		...Object.entries(filter).map(([column, value]) => is(`o.${column}`, value)),
		place &&
			`(o.opted_out_at, o.contact_number, o.phone_number_id)
				< (${literal(place.at)}::timestamptz, ${literal(place.contact)}, ${literal(place.number)}::uuid)`
	])} order by o.opted_out_at desc, o.contact_number desc, o.phone_number_id desc limit ${literal(limit)}`;
	return ofOrganization<OptOutRow>(database, caller, organizationId, statement);
}

export function one(
	database: CallerDatabase,
	caller: Claims,
	phoneNumberId: string,
	contactNumber: string
): Promise<OptOutRow> {
	const conditions = [is('o.phone_number_id', phoneNumberId), is('o.contact_number', contactNumber)];
	return only<OptOutRow>(database, caller, `${told} ${where(conditions)}`);
}
