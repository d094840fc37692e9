import type { Candidate, Verification, VerificationCode } from '#core/verifications.ts';
import type { Rest } from '#lib/realtime/rest.ts';

/** A verification and everything its page shows. */
export type Opened = {
	verification: Verification;
	codes: readonly VerificationCode[];
	/** The requests that codes nobody has chosen for may belong to. */
	candidates: readonly Candidate[];
};

/** What the page shows as it is now; null where the person may not see it (any more). */
export async function open(rest: Rest, id: string): Promise<Opened | null> {
	const [[verification], codes] = await Promise.all([
		rest.read<Verification>('verifications', { id: `eq.${id}` }),
		rest.read<VerificationCode>('verification_codes', {
			or: `(verification_id.eq.${id},candidate_ids.cs.{${id}})`,
			order: 'id.desc',
			limit: '50'
		})
	]);
	if (!verification) return null;
	const ids = [...new Set(codes.flatMap(({ candidate_ids: those }) => those))].slice(0, 50);
	const candidates =
		ids.length === 0
			? []
			: await rest.read<Candidate>('verifications', {
					id: `in.(${ids.join(',')})`,
					select: 'id,service_id,service_name,requested_by,requested_by_username,requested_by_name,created_at',
					order: 'id.asc'
				});
	return { verification, codes, candidates };
}
