import type { Ask } from './database-ask.ts';

/** The service verbs about numbers that are owned. */
export function renewalVerbs(ask: Ask) {
	return {
		/** Does what time asks of so many numbers; with an organization: pays for those of it that wait for money. */
		renewNumbers: (batch: number, organizationId: string | null) =>
			ask<{ advanced: number; failed: string | null }>('renew_numbers', {
				batch,
				...(organizationId && { organization_id: organizationId })
			}),

		/** What the carrier calls a number that it is to have back; null where there is nothing to do. */
		numberToRelease: (phoneNumberId: string) =>
			ask<{ carrier: string; carrier_number_id: string } | null>('number_to_release', {
				phone_number_id: phoneNumberId
			}),

		/** The carrier has it back. */
		numberGivenBack: (phoneNumberId: string) => ask<null>('number_given_back', { phone_number_id: phoneNumberId })
	};
}
