/** How much of what a plan, or an organization itself, allows is used, in words. Pure. */

/** A step of a limit that was reached: in a notice, a letter, above a page. */
export type LimitReached = {
	limit_name?: string | null;
	/** 50, 80 or 100. */
	percent?: number | null;
	used?: number | null;
	most?: number | null;
	/** Whether nothing goes beyond it: of segments, or of what the organization allows itself. */
	stops?: boolean | null;
	/** What the organization allows itself, not what its plan does. */
	of_cap?: boolean | null;
};

/** What single limits are called. */
export const limitNames: Readonly<Record<string, string>> = {
	segments: 'included segments a month',
	verifications: 'codes asked for in a day',
	numbers: 'numbers',
	members: 'members',
	storage: 'storage'
};

/** What can only be limited by an organization itself, beside them. */
export const ownLimitNames: Readonly<Record<string, string>> = {
	...limitNames,
	spending: 'spending a month',
	requests: 'API requests a month'
};

/** So much of a limit: "8,012", of storage "1.2 GB", of spending "$12.50". */
export function limitAmount(name: string | null | undefined, amount: number): string {
	if (name === 'spending')
		return `$${(amount / 1e6).toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
	if (name !== 'storage') return amount.toLocaleString('en');
	const [size, unit] = amount < 999_500_000 ? [amount / 1e6, 'MB'] : [amount / 1e9, 'GB'];
	return `${size.toLocaleString('en', { maximumFractionDigits: size < 10 ? 1 : 0 })} ${unit}`;
}

/** "Raised to 10 until 3 December 2026": a limit that was set for one organization; '' where it is the plan's own. */
export function limitGiven(
	{ name, most, usual, given_until }: { name: string; most: number; usual: number; given_until: string | null },
	dayOf: (at: string) => string
): string {
	if (!given_until) return '';
	const deed = most === usual ? 'Set' : most > usual ? 'Raised' : 'Lowered';
	return `${deed} to ${limitAmount(name, most)} until ${dayOf(given_until)}, instead of ${limitAmount(name, usual)}.`;
}

/** What the platform holds back of what an organization sends, in a sentence without its end. */
export function throttleWords(step: string | null | undefined): string {
	switch (step) {
		case 'stop':
			return 'Our support has stopped what your organization sends';
		case 'hold':
			return 'Your organization’s texts go out slower, and only to people it has texted with before';
		default:
			return 'Your organization’s texts go out slower than usual';
	}
}

const names: Readonly<Record<string, string>> = {
	segments: 'of this month’s included segments are used',
	verifications: 'of the codes that may be asked for in a day were asked for',
	numbers: 'of the plan’s numbers are taken',
	members: 'of the plan’s places for members are taken',
	storage: 'of the plan’s room for files are taken'
};

const ownNames: Readonly<Record<string, string>> = {
	segments: 'segments that your organization allows itself this month are used',
	verifications: 'codes that your organization allows itself in a day were asked for',
	numbers: 'numbers that your organization allows itself are taken',
	members: 'places for members that your organization allows itself are taken',
	storage: 'that your organization allows itself for files are taken',
	spending: 'that your organization allows itself this month are spent',
	requests: 'API requests that your organization allows itself this month were made'
};

/** "8,012 of 10,000 of this month’s included segments are used". */
export function limitWords({ limit_name, used, most, of_cap }: LimitReached): string {
	const count = (value: number | null | undefined) => limitAmount(limit_name, value ?? 0);
	const name = (of_cap ? ownNames : names)[limit_name ?? ''];
	return `${count(used)} of ${count(most)} ${name ?? 'of a limit are used'}`;
}

/** What happens at 100 %, in a sentence. */
export function limitEnds({ limit_name, stops, of_cap }: LimitReached): string {
	if (of_cap) return ownEnds(limit_name, stops ?? false);
	switch (limit_name) {
		case 'segments':
			return stops
				? 'When they are used up, nothing is sent that costs anything, until next month or a larger plan. Texts still come in.'
				: 'When they are used up, texts go on, and each is paid from the wallet.';
		case 'verifications':
			return 'When they are used up, no further code can be asked for until a day has passed since the first ones.';
		case 'storage':
			return 'When it is taken, no other file can be put up before older ones are removed or the plan is larger. Files that are texted to you still come in.';
		case 'numbers':
			return 'When they are taken, no other number can be bought before one is given up or the plan is larger. Those you have stay.';
		default:
			return 'When they are taken, nobody else can be invited before somebody leaves or the plan is larger. Nobody is removed.';
	}
}

/** The same of what an organization allows itself. */
function ownEnds(name: string | null | undefined, stops: boolean): string {
	if (!stops) return 'Everything goes on then: this limit only tells you.';
	const more = 'until an owner or admin allows more under Settings, Usage';
	switch (name) {
		case 'segments':
			return `When they are used up, nothing is sent until next month, or ${more}. Texts still come in.`;
		case 'spending':
			return `Then nothing that costs anything is sent or bought until next month, or ${more}. Texts still come in and numbers still renew, and count.`;
		case 'verifications':
			return `Then no further code can be asked for until a day has passed since the first ones, or ${more}.`;
		default:
			return `When it is reached, there can be no more ${more}. What is there stays.`;
	}
}
