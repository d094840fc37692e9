import { meanwhile, withPossibleCode } from '#core/verifications.ts';
import type { Candidate, OtherText, Verification, VerificationCode } from '#core/verifications.ts';
import type { Rest } from '#lib/realtime/rest.ts';

/** A verification and everything its page shows. */
export type Opened = {
	verification: Verification;
	codes: readonly VerificationCode[];
	/** The requests that codes nobody has chosen for may belong to. */
	candidates: readonly Candidate[];
	/** Texts in which none was found, newest first, while none has come. */
	others: readonly OtherText[];
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
	return { verification, codes, candidates, others: await otherTexts(rest, verification) };
}

async function otherTexts(rest: Rest, verification: Verification): Promise<OtherText[]> {
	const between = meanwhile(verification);
	if (!between) return [];
	return withPossibleCode(
		await rest.read<OtherText>('messages', {
			select: 'id,conversation_id,body,created_at',
			organization_id: `eq.${verification.organization_id}`,
			phone_number_id: `eq.${verification.phone_number_id}`,
			direction: 'eq.inbound',
			masked_body: 'is.null',
			and: `(id.gt.${between.after},id.lt.${between.before})`,
			order: 'id.desc',
			limit: '20'
		})
	);
}
