/** A day of the organization's calendar: "23 December 2026". */
export function dayOf(moment: string, zone: string): string {
	return new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: zone }).format(new Date(moment));
}

/** The same with its clock: "23 December 2026 at 14:05". */
export function momentOf(moment: string, zone: string): string {
	return new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeStyle: 'short', timeZone: zone }).format(
		new Date(moment)
	);
}

type Fate = {
	status: 'active' | 'grace' | 'quarantined' | 'released';
	renews_at: string | null;
	auto_renew: boolean;
	ends_at: string | null;
	grace_until: string | null;
	quarantined_until: string | null;
	released_at: string | null;
};

/** What comes next for a number, as a date. */
export function fateOf(number: Fate, zone: string): string {
	const on = (moment: string | null) => (moment ? dayOf(moment, zone) : '');
	switch (number.status) {
		case 'grace':
			return `Put aside on ${on(number.grace_until)} unless renewed`;
		case 'quarantined':
			return `Given back on ${on(number.quarantined_until)} unless restored`;
		case 'released':
			return `Given back on ${on(number.released_at)}`;
		case 'active':
			if (number.ends_at) return `Cancelled, yours until ${on(number.ends_at)}`;
			if (!number.renews_at) return 'No renewal needed';
			return number.auto_renew ? `Renews on ${on(number.renews_at)}` : `Paid until ${on(number.renews_at)}`;
	}
}

/** What happened, in words; `about` is the day that it led to. */
export function eventWords(
	{ kind, about, days }: { kind: string; about: string | null; days: number | null },
	zone: string
): string {
	const on = about ? dayOf(about, zone) : '';
	const words: Readonly<Record<string, string>> = {
		bought: `Bought, paid until ${on}`,
		renews_soon: `Notice sent: ${days === 1 ? 'one day' : `${days} days`} until ${on}`,
		renewed: `Renewed, paid until ${on}`,
		grace: `Not renewed: nothing goes out. Texts come in until ${on}`,
		quarantined: `Put aside until ${on}`,
		restored: `In use again, paid until ${on}`,
		cancelled: `Cancelled for ${on}`,
		kept: 'Kept after all',
		released: 'Given back'
	};
	return words[kind] ?? kind;
}
