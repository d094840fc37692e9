import { testOutcome } from '../core/test-numbers.ts';
import type { Carrier } from './port.ts';

/** The name that tests are stored under. */
export const testCarrier = 'test';

/**
 * A carrier that carries nothing: texts of test keys go here. Whether one is taken, its recipient says (`core/test-numbers.ts`);
 * what comes of it later, the worker plays.
 */
export function test(id: () => string): Pick<Carrier, 'name' | 'send' | 'find'> {
	return {
		name: testCarrier,
		send: ({ to }) => {
			const outcome = testOutcome(to);
			if (outcome.kind === 'refused')
				return Promise.resolve({ outcome: 'refused', code: outcome.code, error: `a test of ${outcome.code}` });
			const text = {
				carrierMessageId: id(),
				carrierStatus: 'sent',
				status: 'sent',
				segments: null,
				errorCode: null
			} as const;
			return Promise.resolve({ outcome: 'taken', text });
		},
		// it keeps nothing: one whose answer was lost is sent anew
		find: () => Promise.resolve([])
	};
}
