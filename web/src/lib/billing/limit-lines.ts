import { planPrice, type BillingInterval, type Plan } from '#core/billing.ts';
import { limitAmount, limitEnds, limitGiven } from '#core/limits.ts';
import type { Cap } from './caps.ts';
import { meterOf, type limitMeters, type Meter } from './limits.ts';
import { day, each, linesOf, price } from './words.ts';

type Limit = Parameters<typeof limitMeters>[0][number] & Parameters<typeof limitGiven>[0];
type OwnLimit = Cap & { by: string | null; at: string; used: number | null };

/** A limit as a page shows it: how much of it is used, and what there is to be said of it. */
export type LimitLine = { name: string; meter: Meter; notes: string[] };

/** Each limit of the plan, or what the organization allows itself of it, and what only it limits. `timeZone`: whose days these are. */
export function limitLines(limits: readonly Limit[], caps: readonly OwnLimit[], timeZone: string): LimitLine[] {
	const lines = limits.map((limit) => {
		const cap = caps.find(({ name }) => name === limit.name);
		const most = Math.min(cap?.most ?? limit.most, limit.most);
		const given = limitGiven(limit, (at) => day(at, timeZone));
		const ends = limitEnds({
			limit_name: limit.name,
			stops: cap?.stops ?? false,
			of_cap: typeof cap?.most === 'number'
		});
		return {
			name: limit.name,
			meter: meterOf({ ...limit, most }),
			notes: [
				...(given ? [given] : []),
				...(cap ? [ownWords(cap, limit.most, timeZone)] : []),
				...(limit.used >= most * 0.8 ? [ends] : [])
			]
		};
	});
	const own = caps.flatMap((cap) =>
		cap.used === null || cap.most === null
			? []
			: [
					{
						name: cap.name,
						meter: meterOf({ name: cap.name, used: cap.used, most: cap.most }),
						notes: [
							ownWords(cap, null, timeZone),
							...(cap.used >= cap.most * 0.8
								? [limitEnds({ limit_name: cap.name, stops: cap.stops, of_cap: true })]
								: [])
						]
					}
				]
	);
	return [...lines, ...own];
}

/** "Noor Haddad set this on 3 November 2026, and it stops there; the plan has 25." */
function ownWords({ name, most, stops, by, at }: OwnLimit, usual: number | null, timeZone: string): string {
	const of = most === null || usual === null ? '' : `; the plan has ${limitAmount(name, usual)}`;
	return `${by ?? 'Somebody who has left'} set this on ${day(at, timeZone)}, ${stops ? 'to stop there' : 'to be told'}${of}.`;
}

/** The next larger plan, what of it is more and what it costs more, in words. */
export function upgradeWords(plan: Plan, next: Plan, interval: BillingInterval, isPaid: boolean) {
	const more = planPrice(next, interval) - (isPaid ? planPrice(plan, interval) : 0);
	return {
		...{ code: next.code, name: next.name, interval },
		has: linesOf(next).slice(0, 3).join(', '),
		button: `${next.name} for ${price(more)} ${isPaid ? 'more ' : ''}${each(interval)}`
	};
}
