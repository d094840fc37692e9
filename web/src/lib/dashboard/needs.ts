import { dueDays, waited } from '#core/dashboard.ts';
import { displayPhone } from '#core/phone-display.ts';

/** Something that waits for somebody: how many, what about them, and the list of exactly these. */
export type Need = { count: string; title: string; note: string; label: string; href: string };

type Waiting = { conversation_id: string; since: string; name: string | null; number: string };
type Told = {
	conversations: { mine: number; unassigned: number; open: number };
	longest: Waiting | null;
	longest_mine: Waiting | null;
	codes_awaited: { count: number; next_at: string | null };
	numbers: readonly {
		id: string;
		label: string;
		status: 'active' | 'grace' | 'quarantined';
		renews_at: string | null;
		ends_at: string | null;
		auto_renew: boolean;
	}[];
	/** Of today. */
	failed: number;
	time_zone: string;
};

/** The inbox counts up to a thousand; so does this. */
const counted = (count: number) => (count >= 1000 ? '1,000+' : count.toLocaleString('en'));
const nameOf = ({ name, number }: Waiting) => {
	const { prefix, rest } = displayPhone(number);
	return name ?? `${prefix} ${rest}`.trim();
};

/** `home`: the organization's address; `now`: ms since 1970. What nobody waits with is left out, but for the open conversations. */
export function needsOf(told: Told, home: string, now: number): Need[] {
	const { open, unassigned, mine } = told.conversations;
	const since = (waiting: Waiting) => waited(now - Date.parse(waiting.since));
	const needs: Need[] = [
		{
			count: counted(open),
			title: open === 1 ? 'Open conversation' : 'Open conversations',
			note: told.longest ? `oldest waits ${since(told.longest)}` : 'all answered',
			label: 'Open',
			href: `${home}/inbox`
		}
	];
	const more = (count: number, need: Omit<Need, 'count'>) =>
		count > 0 && needs.push({ count: counted(count), ...need });
	if (told.longest)
		needs.push({
			count: '1',
			title: 'Oldest without an answer',
			note: `${nameOf(told.longest)} has waited ${since(told.longest)}`,
			label: 'Answer',
			href: `${home}/inbox/${told.longest.conversation_id}`
		});
	more(unassigned, {
		title: 'With nobody',
		note: 'nobody has taken them',
		label: 'Take',
		href: `${home}/inbox?show=unassigned`
	});
	more(mine, {
		title: 'Yours',
		note: told.longest_mine ? `${nameOf(told.longest_mine)} has waited ${since(told.longest_mine)}` : 'all answered',
		label: 'Answer',
		href: `${home}/inbox?show=mine`
	});
	more(told.failed, {
		title: 'Not delivered today',
		note: 'by number, with what the carriers say',
		label: 'Look',
		href: `${home}/settings/usage?days=1#numbers`
	});
	const { count, next_at: next } = told.codes_awaited;
	more(count, {
		title: count === 1 ? 'Code awaited' : 'Codes awaited',
		note: next ? `next one expires in ${waited(Date.parse(next) - now)}` : '',
		label: 'Watch',
		href: `${home}/verifications?status=waiting`
	});
	const [first] = told.numbers;
	if (first)
		more(told.numbers.length, {
			title: `Number${told.numbers.length === 1 ? '' : 's'} due in ${dueDays} days`,
			note: `${first.label}: ${fateOf(first, told.time_zone)}`,
			label: 'See',
			href: told.numbers.length === 1 ? `${home}/numbers/${first.id}` : `${home}/numbers?show=due`
		});
	return needs;
}

function fateOf({ status, renews_at, ends_at, auto_renew }: Told['numbers'][number], timeZone: string): string {
	if (status === 'grace') return 'not renewed, nothing goes out';
	if (status === 'quarantined') return 'put aside, will be given back';
	const on = (moment: string) =>
		new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', timeZone }).format(new Date(moment));
	if (ends_at) return `ends on ${on(ends_at)}`;
	if (!renews_at) return 'no renewal needed';
	return auto_renew ? `renews by itself on ${on(renews_at)}` : `stops on ${on(renews_at)}`;
}
