/** How many days ago, and how many looks at a part found it well, and not. */
export type Looks = readonly [daysAgo: number, good: number, bad: number];

/** A day of a part: unknown where nobody looked; a look that failed now and then is no trouble. */
export type Day = { date: string; state: 'unknown' | 'well' | 'some' | 'much'; says: string };

export const dayCount = 90;
/** From which share of failed looks on a day had trouble, and much of it. A minute is 0.07 % of a day. */
const some = 0.002;
const much = 0.05;

const written = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', timeZone: 'UTC' });

/** The last 90 days of a part, the oldest first. `today`: 2026-11-23, of UTC. */
export function daysOf(looks: readonly Looks[], today: string): Day[] {
	const known = new Map(looks.map((one) => [one[0], one]));
	return Array.from({ length: dayCount }, (_, place) => {
		const ago = dayCount - 1 - place;
		const date = written.format(Date.parse(today) - ago * 86_400_000);
		const [, good, bad] = known.get(ago) ?? [ago, 0, 0];
		if (good + bad === 0) return { date, state: 'unknown', says: `${date}: not known` };
		const share = bad / (good + bad);
		if (share < some) return { date, state: 'well', says: `${date}: no trouble` };
		const failed = `${date}: ${percent(share)} of the time in trouble`;
		return { date, state: share < much ? 'some' : 'much', says: failed };
	});
}

/** Which share of all looks found it well: "99.98 %"; null where nobody looked. */
export function uptimeOf(looks: readonly Looks[]): string | null {
	const good = looks.reduce((sum, one) => sum + one[1], 0);
	const bad = looks.reduce((sum, one) => sum + one[2], 0);
	return good + bad === 0 ? null : percent(good / (good + bad));
}

/** Rounded so that it never claims more than it was. */
function percent(share: number): string {
	return `${(Math.floor(share * 10_000) / 100).toLocaleString('en')} %`;
}
