/**
 * Numbers that tests text: nobody has one, there is no area code 555. What comes of a text to one is in its digits, so that a
 * test chooses its outcome by its recipient. Nothing is sent, and nothing is charged.
 */

/** What becomes of a test, a second after it was sent. */
export type TestOutcome =
	/** The carrier does not take it, for this reason. */
	| { kind: 'refused'; code: string }
	/** It is taken, and not delivered for this reason. */
	| { kind: 'failed'; code: string }
	/** It is delivered, `afterSeconds` later than others, and `reply` comes back. */
	| { kind: 'delivered'; afterSeconds: number; reply?: string }
	/** It is sent, and nobody ever hears what became of it. */
	| { kind: 'silent' };

const slowSeconds = 10;

/** The last seven digits of numbers with an outcome of their own. */
const named: Readonly<Record<string, { outcome: TestOutcome; says: string }>> = {
	'0000001': { outcome: { kind: 'delivered', afterSeconds: 0 }, says: 'Delivered' },
	'0000002': {
		outcome: { kind: 'delivered', afterSeconds: slowSeconds },
		says: `Delivered after ${slowSeconds} seconds`
	},
	'0000003': { outcome: { kind: 'silent' }, says: 'Sent, and no receipt ever comes' },
	'0000010': {
		outcome: { kind: 'delivered', afterSeconds: 0, reply: 'Thank you, got it.' },
		says: 'Delivered, and answers'
	},
	'0000011': {
		outcome: { kind: 'delivered', afterSeconds: 0, reply: '482910 is your Example verification code.' },
		says: 'Delivered, and answers with a code'
	},
	'0000012': {
		outcome: { kind: 'delivered', afterSeconds: 0, reply: 'STOP' },
		says: 'Delivered, and opts out with STOP'
	},
	'0000013': {
		outcome: { kind: 'delivered', afterSeconds: 0, reply: 'START' },
		says: 'Delivered, and opts in with START'
	},
	'1121610': { outcome: { kind: 'refused', code: '21610' }, says: 'Refused: opted out at the carrier' }
};

/** For people who choose one: the number, and what comes of it. */
export const testNumbers: readonly { e164: string; says: string }[] = [
	...Object.entries(named).map(([digits, { says }]) => ({ e164: `+1555${digits}`, says })),
	{ e164: '+15551121211', says: 'Refused with 21211: 11, and then the five digits of any of the carrier’s codes' },
	{ e164: '+15551230003', says: 'Not delivered, with 30003: 12, and then the five digits of any code' }
];

/** Whom tests text when a code comes for them. */
export const testService = '+15550000011';

/** Whether a number is one that nobody has. */
export function isTestNumber(e164: string): boolean {
	return e164.startsWith('+1555');
}

/** What comes of a text to a test number; one without an outcome of its own is delivered. */
export function testOutcome(e164: string): TestOutcome {
	const digits = e164.slice('+1555'.length);
	const known = Object.hasOwn(named, digits) ? named[digits] : undefined;
	if (known) return known.outcome;
	const [, way, code] = /^(11|12)(\d{5})$/.exec(digits) ?? [];
	if (code) return { kind: way === '11' ? 'refused' : 'failed', code };
	return { kind: 'delivered', afterSeconds: 0 };
}

/**
 * What comes for a request for a code on a test number, by the name of its service; null where nothing ever does.
 * `errorCode`: 30038, where the carrier struck the code out.
 * @param code six digits
 */
export function testCode(service: string, code: string): { body: string; errorCode: string | null } | null {
	switch (service.trim().toLowerCase()) {
		case 'no code':
			return null;
		case 'filtered':
			return { body: `Your ${service} verification code is ******.`, errorCode: '30038' };
		default:
			return { body: `${code} is your ${service} verification code.`, errorCode: null };
	}
}
