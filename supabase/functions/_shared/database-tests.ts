import type { Ask } from './database-ask.ts';

/** A text of a test key that was sent, or a request of one for a code that is waited for. */
export type TestToPlay =
	| { our_number: string; their_number: string; body: string; carrier_message_id: string; sent_at: string }
	| { our_number: string; service_name: string; their_number?: undefined };

/** What tests need of the database. */
export const testVerbs = (ask: Ask) => ({
	/** What a test is about, while something is to come of it. */
	testToPlay: (about: { messageId: string | null; verificationId: string | null }) =>
		ask<TestToPlay | null>('test_to_play', { message_id: about.messageId, verification_id: about.verificationId })
});
