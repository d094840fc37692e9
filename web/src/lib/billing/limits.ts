import { limitAmount } from '#core/limits.ts';

/** How much of something is used, in figures and as "1,200 of 5,000". */
export type Meter = { label: string; used: number; most: number; says: string };

const labels = {
	segments: 'Included segments this month',
	verifications: 'Codes asked for in 24 hours',
	numbers: 'Numbers',
	members: 'Members',
	storage: 'Room for files',
	spending: 'Spent this month',
	requests: 'API requests this month'
};
type Name = keyof typeof labels;
type Limit = { name: Exclude<Name, 'spending' | 'requests'>; used: number; most: number };

/** How much of one limit is used, as a meter shows it. */
export function meterOf({ name, used, most }: { name: Name; used: number; most: number }): Meter {
	return { label: labels[name], used, most, says: `${limitAmount(name, used)} of ${limitAmount(name, most)}` };
}

/** How much of each limit of a plan is used. */
export function limitMeters(limits: readonly Limit[]): Meter[] {
	return limits.map(meterOf);
}
