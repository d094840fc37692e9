import { ranges, type Range, type VerificationFilter } from '#core/filtered-verifications.ts';
import type { Counts } from '#core/verification-history.ts';
import type { Verification } from '#core/verifications.ts';
import { statusWords } from './words.ts';

export const rangeWords: Readonly<Record<Range, string>> = {
	today: 'Today',
	'24h': 'Last 24 hours',
	'7d': 'Last 7 days',
	'30d': 'Last 30 days',
	'90d': 'Last 90 days'
};
export { ranges };

/** Whom and what a filter can name. */
export type Names = {
	services: readonly string[];
	numbers: readonly { id: string; label: string | null; e164: string }[];
	people: readonly { user_id: string; username: string; full_name: string | null }[];
};

/** What each chip is set to, in words; null where it is one to add. */
export type Chosen = Record<'service' | 'status' | 'date' | 'number' | 'person', string | null>;

export function chosenOf(filter: VerificationFilter, names: Names, me: string): Chosen {
	const number = names.numbers.find(({ id }) => id === filter.number);
	const person = names.people.find(({ user_id }) => user_id === filter.person);
	return {
		service: filter.service,
		status: filter.status.map((status) => statusWords[status].chip).join(', ') || null,
		date: filter.range ? rangeWords[filter.range] : daysOf(filter.from, filter.to),
		number: filter.number && (number ? number.label || number.e164 : 'A number that is not here'),
		person: filter.person && (filter.person === me ? 'You' : person ? nameOf(person) : 'Somebody who left')
	};
}

export function nameOf({ full_name, username }: Names['people'][number]): string {
	return full_name ? `${full_name} (@${username})` : `@${username}`;
}

function daysOf(from: string | null, to: string | null): string | null {
	const word = (day: string) =>
		new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(`${day}T00:00:00Z`));
	if (from && to) return from === to ? word(from) : `${word(from)} to ${word(to)}`;
	if (from) return `since ${word(from)}`;
	return to && `until ${word(to)}`;
}

/** How many there are altogether. */
export function totalOf({ counts }: Counts): number {
	return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** What stands where a code would: itself, that it is hidden, that it is not kept any more, or that none came. */
export function codeOf(row: Verification): { code: string } | { instead: 'hidden' | 'removed' | 'none' } {
	const code = row.final_code ?? row.code;
	if (code !== null) return { code };
	if (row.has_code) return { instead: 'hidden' };
	return { instead: row.code_count + row.late_count > 0 ? 'removed' : 'none' };
}

/** '9 s', '2:05' */
export function seconds(all: number): string {
	const whole = Math.round(all);
	return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
