import { conditionsOf, type Moments, type VerificationFilter } from '#core/filtered-verifications.ts';
import type { Counts } from '#core/verification-history.ts';
import type { Verification } from '#core/verifications.ts';
import type { Rest } from '#lib/realtime/rest.ts';

export const rowsPerPage = 50;

type Shown = { organizationId: string; filter: VerificationFilter; moments: Moments };

/** A page of the history, newest first: older than a row, or the newest. */
export function page(rest: Rest, shown: Shown, before: string | null): Promise<Verification[]> {
	const conditions = conditionsOf(shown.filter, shown.moments);
	if (before) conditions.push(['id', 'lt', before]);
	// all in one parameter, since a column may have several; quoted, since PostgREST reserves commas, dots and colons
	const and = conditions.map(([column, operator, value]) =>
		operator === 'in' ? `${column}.in.${value}` : `${column}.${operator}.${JSON.stringify(value)}`
	);
	return rest.read<Verification>('verifications', {
		organization_id: `eq.${shown.organizationId}`,
		...(and.length > 0 && { and: `(${and.join(',')})` }),
		order: 'id.desc',
		limit: String(rowsPerPage)
	});
}

/** These as they are now; those that one may not see are missing. */
export function byId(rest: Rest, organizationId: string, ids: readonly string[]): Promise<Verification[]> {
	return rest.read<Verification>('verifications', {
		organization_id: `eq.${organizationId}`,
		id: `in.(${ids.join(',')})`
	});
}

/** How many there are of each status. */
export function counts(rest: Rest, { organizationId, filter, moments }: Shown): Promise<Counts> {
	return rest.call<Counts>('count_verifications', {
		organization_id: organizationId,
		service_name: filter.service,
		phone_number_id: filter.number,
		requested_by: filter.person,
		since: moments.since,
		until: moments.until
	});
}
