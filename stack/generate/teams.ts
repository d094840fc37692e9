import type { Chance } from './chance.ts';
import { idAt, randomHex } from './ids.ts';
import { freshNumber, type Dial } from './phone-numbers.ts';
import { desks, languages, places, trades } from './phrases.ts';

/** Somebody with an account, and what they are in their team. */
export type Person = { id: string; username: string; fullName: string; role: 'owner' | 'admin' | 'member' | 'viewer' };

/** One of a team's numbers. `readers` see its texts, `writers` may answer them. */
export type OwnNumber = {
	id: string;
	e164: string;
	label: string;
	color: number;
	restricted: boolean;
	readers: Person[];
	writers: Person[];
};

/** An organization, and how many conversations it is to have. */
export type Team = {
	id: string;
	slug: string;
	name: string;
	people: Person[];
	numbers: OwnNumber[];
	conversations: number;
};

/**
 * Teams whose sizes follow Zipf's law: the second has half as many conversations as the
 * first, the third a third of them, most have few.
 * People and numbers grow with the root of a team's conversations.
 */
export function inventTeams(chance: Chance, dial: Dial, messages: number, since: number): Team[] {
	const count = Math.max(3, Math.round(Math.sqrt(messages) / 5));
	const shares = Array.from({ length: count }, (_, rank) => 1 / (rank + 1));
	const whole = shares.reduce((sum, share) => sum + share, 0);
	return shares.map((share) => {
		const conversations = Math.max(2, Math.round(((messages / 25) * share) / whole));
		const name = `${chance.pick(places)} ${chance.pick(trades)}`;
		const people = inventPeople(chance, Math.min(60, 2 + Math.round(Math.sqrt(conversations) / 2)), since);
		const numbers = inventNumbers(
			chance,
			Math.min(40, 1 + Math.round(Math.sqrt(conversations) / 3)),
			people,
			since,
			dial
		);
		const slug = `${name.toLowerCase().replace(' ', '-')}-${randomHex(4)}`;
		return { id: idAt(since), slug, name, people, numbers, conversations };
	});
}

function inventPeople(chance: Chance, count: number, since: number): Person[] {
	return Array.from({ length: count }, (_, at) => {
		const fullName = chance.pick(languages[at % 3]?.names ?? ['Robin']);
		const role = at === 0 ? 'owner' : at === 1 ? 'admin' : at % 6 === 5 ? 'viewer' : 'member';
		return { id: idAt(since), username: `generated_${randomHex(8)}`, fullName, role };
	});
}

/** Every fourth number is for a few: owner, admin and one or two whom a grant names. */
function inventNumbers(chance: Chance, count: number, people: Person[], since: number, dial: Dial): OwnNumber[] {
	return Array.from({ length: count }, (_, at) => {
		const restricted = at % 4 === 2;
		const readers = restricted ? people.filter((_, place) => place < 2 || place === 3 || place === 4) : people;
		return {
			id: idAt(since),
			e164: freshNumber(dial.chance, dial.taken),
			label: count > desks.length ? `${chance.pick(desks)} ${at + 1}` : (desks[at] ?? 'Desk'),
			color: 1 + (at % 8),
			restricted,
			readers,
			writers: readers.filter(({ role }) => role !== 'viewer')
		};
	});
}
