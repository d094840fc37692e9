/** Billing periods: calendar months and years in UTC, counted from an anchor so that the 31st comes back after February. */

export type Recurring = { interval: string; interval_count: number };

const days: Record<string, number> = { day: 1, week: 7 };

/** The first end of a period later than `after`, both in seconds. https://docs.stripe.com/billing/subscriptions/billing-cycle */
export function periodEnd(anchor: number, recurring: Recurring, after: number): number {
	for (let count = 1; ; count += 1) {
		const end = nth(anchor, recurring, count);
		if (end > after) return end;
	}
}

function nth(anchor: number, { interval, interval_count }: Recurring, count: number): number {
	const steps = interval_count * count;
	const length = days[interval];
	if (length) return anchor + steps * length * 86_400;
	const start = new Date(anchor * 1000);
	const month = start.getUTCMonth() + steps * (interval === 'year' ? 12 : 1);
	const last = new Date(Date.UTC(start.getUTCFullYear(), month + 1, 0)).getUTCDate();
	const day = Math.min(start.getUTCDate(), last);
	return (
		Date.UTC(start.getUTCFullYear(), month, day, start.getUTCHours(), start.getUTCMinutes(), start.getUTCSeconds()) /
		1000
	);
}
