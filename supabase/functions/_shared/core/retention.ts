/** What an organization can have removed after a time, in the order in which our page tells of it. */
export const retentionClasses = ['codes', 'bodies', 'attachments', 'metadata'] as const;
export type RetentionClass = (typeof retentionClasses)[number];

/** The choices of our page, in days. Any from 1 to 3,650 can be set. */
export const retentionDays = [30, 90, 365, 730, 2555] as const;

const words: Readonly<Record<number, string>> = {
	30: '30 days',
	90: '90 days',
	365: '1 year',
	730: '2 years',
	1095: '3 years',
	2555: '7 years'
};

/** How long that is, in words. */
export function keptFor(days: number | null): string {
	if (days === null) return 'For ever';
	return words[days] ?? (days === 1 ? '1 day' : `${days} days`);
}
