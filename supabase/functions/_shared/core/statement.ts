/** A month's statement of an organization's money, in micros (10⁻⁶ USD). Pure. */

export type StatementLine = { reason: string; transfers: number; amount_micros: number };

export type Statement = {
	/** 2026-11, as all months here: of the organization's clock. */
	month: string;
	since: string;
	until: string;
	time_zone: string;
	opening_micros: number;
	closing_micros: number;
	/** What moved money, together exactly closing less opening. */
	lines: StatementLine[];
	this_month: string;
	first_month: string;
};

/** A movement of the wallet, as files list it. */
export type Movement = {
	id: string;
	created_at: string;
	reason: string;
	object_kind: string | null;
	object_id: string | null;
	note: string | null;
	amount_micros: number;
};

/** The month before, or after, by so many; "2026-12" and 1 are "2027-01". */
export function monthBy(month: string, count: number): string {
	const [year = 0, place = 1] = month.split('-').map(Number);
	return new Date(Date.UTC(year, place - 1 + count, 1)).toISOString().slice(0, 7);
}

/** "November 2026". */
export function monthName(month: string): string {
	return new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(
		Date.parse(`${month}-01T00:00:00Z`)
	);
}

/** The months beside a statement's that have one; null where there is none. */
export function monthsBeside({
	month,
	first_month,
	this_month
}: Pick<Statement, 'month' | 'first_month' | 'this_month'>): { before: string | null; after: string | null } {
	return {
		before: month > first_month ? monthBy(month, -1) : null,
		after: month < this_month ? monthBy(month, 1) : null
	};
}

/** Why money moved: as a line, and what is counted there, one and several. */
const reasons: Readonly<Record<string, readonly [title: string, one: string, several: string]>> = {
	top_up: ['Top-ups', 'payment', 'payments'],
	refund: ['Refunds of top-ups', 'refund', 'refunds'],
	text: ['Texts sent', 'text', 'texts'],
	text_refund: ['Texts given back', 'refund', 'refunds'],
	debt: ['Texts paid later', 'booking', 'bookings'],
	texts_received: ['Texts received', 'booking', 'bookings'],
	number: ['Numbers bought', 'number', 'numbers'],
	number_renewal: ['Renewals of numbers', 'renewal', 'renewals'],
	adjustment: ['Adjustments', 'adjustment', 'adjustments']
};

/** A reason in words; one that is not known by name is its own name. */
export function reasonName(reason: string): string {
	const plain = reason.replaceAll('_', ' ');
	return reasons[reason]?.[0] ?? plain.charAt(0).toUpperCase() + plain.slice(1);
}

/** "1,204 texts". */
export function countOf({ reason, transfers }: StatementLine): string {
	const [, one = 'movement', several = 'movements'] = reasons[reason] ?? [];
	return `${transfers.toLocaleString('en')} ${transfers === 1 ? one : several}`;
}
