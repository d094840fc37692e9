/** Moments one might want a conversation back at, in the browser's own time zone. Those that are over are left out. */
export function snoozes(now: Date): { word: string; at: Date }[] {
	const day = (days: number, hour: number) =>
		new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, hour, 0, 0, 0);
	const toMonday = (8 - now.getDay()) % 7 || 7;
	return [
		{ word: 'In an hour', at: new Date(now.getTime() + 3_600_000) },
		{ word: 'This evening', at: day(0, 18) },
		{ word: 'Tomorrow morning', at: day(1, 9) },
		...(toMonday > 1 ? [{ word: 'Next Monday', at: day(toMonday, 9) }] : []),
		{ word: 'In a week', at: day(7, 9) }
	].filter(({ at }) => at.getTime() > now.getTime());
}
