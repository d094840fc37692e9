import { limitAmount } from '#core/limits.ts';

/** How much of something is used, in figures and as "1,200 of 5,000". */
export type Meter = { label: string; used: number; most: number; says: string };

type Limit = { name: 'segments' | 'verifications' | 'numbers' | 'members' | 'storage'; used: number; most: number };

const labels: Readonly<Record<Limit['name'], string>> = {
	segments: 'Included segments this month',
	verifications: 'Codes asked for in 24 hours',
	numbers: 'Numbers',
	members: 'Members',
	storage: 'Room for files'
};

/** How much of each limit is used, as meters show it. */
export function limitMeters(limits: readonly Limit[]): Meter[] {
	return limits.map(({ name, used, most }) => ({
		...{ label: labels[name], used, most },
		says: `${limitAmount(name, used)} of ${limitAmount(name, most)}`
	}));
}
