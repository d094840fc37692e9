import { displayPhone } from '#core/phone-display.ts';

/** What happened lately, in a sentence, and where it can be looked at. */
export type Happened = {
	id: string;
	kind: 'in' | 'out' | 'failed' | 'deed';
	says: string;
	at: string;
	/** "10:42", "21 Nov"; on the reader's clock. */
	moment: string;
	href: string;
};

type Latest = {
	id: string;
	contact_name: string | null;
	contact_number: string | null;
	title: string | null;
	number_label: string | null;
	last_message_direction: 'inbound' | 'outbound';
	last_message_status: string;
	last_message_author_id: string | null;
	last_message_at: string;
};
type Deed = { id: string; sentence: string; at: string };
type Person = { user_id: string; username: string; full_name: string | null };
type Reader = { id: string; home: string; timeZone: string; now: number };

/** The latest text of each conversation and the latest deeds of the audit log, together, the latest first. */
export function happenedOf(
	texts: readonly Latest[],
	deeds: readonly Deed[],
	people: readonly Person[],
	reader: Reader,
	most: number
): Happened[] {
	const momentOf = (at: string) => {
		const day = (moment: number) => new Intl.DateTimeFormat('sv-SE', { timeZone: reader.timeZone }).format(moment);
		const isToday = day(Date.parse(at)) === day(reader.now);
		const options = isToday
			? ({ hour: '2-digit', minute: '2-digit' } as const)
			: ({ day: 'numeric', month: 'short' } as const);
		return new Intl.DateTimeFormat('en-GB', { ...options, timeZone: reader.timeZone }).format(new Date(at));
	};
	const said = texts.map((text) => ({
		...sentenceOf(text, people, reader.id),
		id: text.id,
		at: text.last_message_at,
		moment: momentOf(text.last_message_at),
		href: `${reader.home}/inbox/${text.id}`
	}));
	const done = deeds.map(({ id, sentence, at }) => ({
		...{ id, at, kind: 'deed' as const, says: sentence, moment: momentOf(at) },
		href: `${reader.home}/settings/audit-log`
	}));
	return [...said, ...done].sort((one, other) => Date.parse(other.at) - Date.parse(one.at)).slice(0, most);
}

function sentenceOf(text: Latest, people: readonly Person[], me: string): Pick<Happened, 'kind' | 'says'> {
	const { prefix, rest } = displayPhone(text.contact_number ?? '');
	const contact = text.contact_name ?? text.title ?? (`${prefix} ${rest}`.trim() || 'a team conversation');
	if (text.last_message_direction === 'inbound')
		return { kind: 'in', says: `${contact} wrote${text.number_label ? ` to ${text.number_label}` : ''}` };
	if (text.last_message_status === 'failed') return { kind: 'failed', says: `Text to ${contact} not delivered` };
	const author = people.find(({ user_id }) => user_id === text.last_message_author_id);
	const who = author?.user_id === me ? 'You' : (author?.full_name ?? author?.username);
	return { kind: 'out', says: who ? `${who} wrote to ${contact}` : `Text to ${contact}` };
}
