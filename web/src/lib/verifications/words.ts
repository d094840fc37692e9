import type { Verification, VerificationStatus } from '#core/verifications.ts';

/** A status in words: on its chip, and in a sentence of its own. */
export const statusWords: Readonly<Record<VerificationStatus, { chip: string; says: string }>> = {
	waiting: { chip: 'Waiting', says: 'Waiting for the text with the code.' },
	code_received: { chip: 'Code received', says: 'The code is here.' },
	completed: { chip: 'Completed', says: 'Done. The code was used.' },
	expired: { chip: 'Expired', says: 'No code came in time.' },
	cancelled: { chip: 'Cancelled', says: 'Nobody waits for this code any more.' },
	filtered: { chip: 'Filtered', says: 'The carrier struck the code out of its text.' }
};

/** What a chip says: one that expired before its code came says so. */
export function chipOf({ status, late_count }: Pick<Verification, 'status' | 'late_count'>): string {
	return status === 'expired' && late_count > 0 ? 'Expired, came late' : statusWords[status].chip;
}

/** A code in groups as people read it; together they are the code. Only digits are grouped. */
export function groupsOf(code: string): string[] {
	const size = code.length % 3 === 0 ? 3 : code.length % 4 === 0 ? 4 : code.length;
	return /^\d{6,}$/.test(code) ? (code.match(new RegExp(`.{1,${size}}`, 'g')) ?? [code]) : [code];
}

type Who = Pick<Verification, 'requested_by' | 'requested_by_name' | 'requested_by_username'>;

/** Whoever asked, in a word: "You", a first name, or what is left of somebody. */
export function askerOf({ requested_by, requested_by_name, requested_by_username }: Who, me: string): string {
	if (requested_by === me) return 'You';
	return requested_by_name?.trim().split(/\s+/)[0] ?? requested_by_username ?? 'A former colleague';
}

/** Where it stands, and what can be done. */
export function storyOf(verification: Verification, me: string): string {
	const { status, service_name: service, cancel_reason: reason, ended_by, requested_by } = verification;
	const asker = askerOf(verification, me);
	switch (status) {
		case 'waiting':
			return requested_by === me
				? `Type this number at ${service}. The code shows here as soon as its text comes.`
				: `${asker} waits for a code of ${service} on this number.`;
		case 'code_received':
			return requested_by === me
				? 'Copying it completes the request, and so does Done.'
				: `${asker} asked for it, and completes the request by copying it.`;
		case 'completed':
			return `The code of ${service} was used.`;
		case 'expired':
			return verification.code_count > 0
				? 'The time was over before anybody said that the code was used.'
				: 'No code came in time. Check the number at the service, or ask it to send the code again, and ask here again.';
		case 'cancelled': {
			const by = ended_by === me ? 'you' : ended_by === requested_by ? asker : 'an owner or admin';
			return `Cancelled by ${by}${reason ? `: “${reason}”` : ''}.`;
		}
		case 'filtered':
			return `The carrier struck the code out of its text (error 30038), so it cannot be read here. Ask ${service} to call, mail or use an app instead, or ask again on another number.`;
	}
}
