/** What goes through an owned number, and what may be said of its health. */

/** A day of a number, as the database counts it. */
export type UsageDay = {
	/** '2026-11-23', of the organization's calendar. */
	day: string;
	received: number;
	received_segments: number;
	/** Handed to the carrier, whatever became of them. */
	sent: number;
	sent_segments: number;
	delivered: number;
	failed: number;
	/** How often each of the carrier's error codes. */
	failures: Readonly<Record<string, number>>;
	/** Who wrote STOP, or the carrier says so. */
	opted_out: number;
	/** 10⁻⁶ USD; null for those who may not see the money. */
	micros: number | null;
	last_received_at: string | null;
};

export type Usage = Omit<UsageDay, 'day'>;

const none: Usage = {
	received: 0,
	received_segments: 0,
	sent: 0,
	sent_segments: 0,
	delivered: 0,
	failed: 0,
	failures: {},
	opted_out: 0,
	micros: 0,
	last_received_at: null
};

/** Days taken together. */
export function sumOf(days: readonly Usage[]): Usage {
	return days.reduce<Usage>((sum, day) => {
		const failures: Record<string, number> = { ...sum.failures };
		for (const [code, times] of Object.entries(day.failures)) failures[code] = (failures[code] ?? 0) + times;
		return {
			received: sum.received + day.received,
			received_segments: sum.received_segments + day.received_segments,
			sent: sum.sent + day.sent,
			sent_segments: sum.sent_segments + day.sent_segments,
			delivered: sum.delivered + day.delivered,
			failed: sum.failed + day.failed,
			failures,
			opted_out: sum.opted_out + day.opted_out,
			micros: day.micros === null || sum.micros === null ? null : sum.micros + day.micros,
			last_received_at: latest(sum.last_received_at, day.last_received_at)
		};
	}, none);
}

function latest(one: string | null, other: string | null): string | null {
	if (one === null || other === null) return one ?? other;
	return Date.parse(one) > Date.parse(other) ? one : other;
}

/** Every day up to `today`, so many of them, the oldest first; one without texts is there with zeros. */
export function everyDay(days: readonly UsageDay[], today: string, count: number): UsageDay[] {
	const known = new Map(days.map((day) => [day.day, day]));
	const last = Date.parse(`${today}T00:00:00Z`);
	return Array.from({ length: count }, (_, at) => {
		const day = new Date(last - (count - 1 - at) * 86_400_000).toISOString().slice(0, 10);
		return known.get(day) ?? { ...none, day };
	});
}

/** The day that a moment lies in, in a zone: '2026-11-23'. */
export function dayIn(moment: Date, timeZone: string): string {
	return new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeZone }).format(moment);
}

/** Of what was settled, how many of a hundred arrived; null where nothing was. */
export function deliveredPercent({ delivered, failed }: Usage): number | null {
	const settled = delivered + failed;
	return settled === 0 ? null : Math.round((delivered / settled) * 100);
}

/** Of a hundred texts that were sent, how many people wanted no more, to a tenth; null where none was sent. */
export function optOutPercent({ opted_out, sent }: Usage): number | null {
	return sent === 0 ? null : Math.round((opted_out / sent) * 1000) / 10;
}

/** Codes of failures, the most frequent first. */
export function reasonsOf({ failures }: Usage): { code: string; times: number }[] {
	return Object.entries(failures)
		.map(([code, times]) => ({ code, times }))
		.sort((one, other) => other.times - one.times || one.code.localeCompare(other.code));
}

export type NumberStatus = 'active' | 'grace' | 'quarantined' | 'released';
export type Health = { tone: 'good' | 'watch' | 'bad' | 'over'; says: string };

/** Fewer texts than this say nothing about a number. */
const enough = 20;
const filtered = ['30007', '30034', '30035'];

/** How a number is, in one sentence, from its state and its last 30 days. */
export function healthOf(status: NumberStatus, month: Usage): Health {
	switch (status) {
		case 'grace':
			return { tone: 'bad', says: 'Not renewed: texts come in, none go out.' };
		case 'quarantined':
			return { tone: 'bad', says: 'Put aside: no texts in or out until it is restored.' };
		case 'released':
			return { tone: 'over', says: 'Given back. Its conversations can be read.' };
	}
	const settled = month.delivered + month.failed;
	const arrived = deliveredPercent(month);
	const stopped = optOutPercent(month);
	const blocked = filtered.reduce((sum, code) => sum + (month.failures[code] ?? 0), 0);
	if (month.sent >= enough && blocked / month.sent > 0.05) {
		return {
			tone: 'bad',
			says: `Carriers hold back ${Math.round((blocked / month.sent) * 100)}% of its texts as unwanted.`
		};
	}
	if (arrived !== null && settled >= enough && arrived < 90) {
		return { tone: arrived < 75 ? 'bad' : 'watch', says: `${100 - arrived} of 100 texts did not arrive.` };
	}
	if (stopped !== null && month.sent >= enough && stopped > 2) {
		return { tone: 'watch', says: `Many want no more texts from it: ${stopped} for every 100 sent.` };
	}
	if (month.sent + month.received === 0) return { tone: 'good', says: 'Ready. No texts in the last 30 days.' };
	if (settled === 0) return { tone: 'good', says: 'Works: texts come and go.' };
	if (month.delivered === 0) {
		return {
			tone: 'watch',
			says: settled === 1 ? 'Its only text out failed.' : `All its ${settled} texts out failed.`
		};
	}
	return {
		tone: 'good',
		says: `Works: ${month.delivered.toLocaleString('en')} of ${settled.toLocaleString('en')} texts arrived in 30 days.`
	};
}
