import type { NumberStatus } from './number-usage.ts';
import { displayPhone } from './phone-display.ts';
import { parsePhone } from './phone.ts';

/** What of an owned number decides whether a conversation begins from it. */
export type SendingNumber = {
	id: string;
	e164: string;
	country_code: string;
	status: NumberStatus;
	/** 'sms', 'mms', 'voice', as the catalogue says. */
	capabilities: readonly string[];
};

/** Why a number was chosen: the recipient's country, their calling code, or that it is owned longest. */
export type Match = 'country' | 'calling_code' | 'oldest';

/** Whether texts go out from it now: a frozen number and one for calls only are never chosen. */
export function canText({ status, capabilities }: Pick<SendingNumber, 'status' | 'capabilities'>): boolean {
	return status === 'active' && capabilities.includes('sms');
}

/** The number that the person chose as theirs, while texts go out from it. */
export function defaultNumber<N extends SendingNumber & { is_default: boolean }>(numbers: readonly N[]): N | undefined {
	return numbers.find((number) => number.is_default && canText(number));
}

/**
 * From which number somebody in E.164 is texted first: one of their country, else of their calling code, else the oldest.
 * Null where texts go out from none.
 * @param numbers those the person may use, the oldest first
 */
export function bestNumber(numbers: readonly SendingNumber[], recipient: string): { id: string; match: Match } | null {
	const usable = numbers.filter(canText);
	const parsed = parsePhone(recipient);
	const country = 'phone' in parsed ? parsed.country : null;
	const { prefix } = displayPhone(recipient);
	const tries: [Match, (number: SendingNumber) => boolean][] = [
		['country', (number) => number.country_code === country],
		['calling_code', (number) => prefix !== '' && displayPhone(number.e164).prefix === prefix],
		['oldest', () => true]
	];
	for (const [match, fits] of tries) {
		const found = usable.find(fits);
		if (found) return { id: found.id, match };
	}
	return null;
}
