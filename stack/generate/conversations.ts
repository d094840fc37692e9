import type { Chance } from './chance.ts';
import { idAt } from './ids.ts';
import { contactNumber, type Dial } from './phone-numbers.ts';
import { languages, services } from './phrases.ts';
import type { OwnNumber, Team } from './teams.ts';
import { pickLanguage } from './texts.ts';

/** A conversation while its history is written: what is planned first, then how far it has come. */
export type Conversation = {
	team: Team;
	number: OwnNumber;
	contact: { id: string; number: string; name: string | null; known: boolean };
	id: string;
	language: number;
	/** a service that texts codes and is never answered */
	service: boolean;
	/** the last text is STOP */
	stops: boolean;
	/** how many messages it is to have, and between which moments */
	messages: number;
	from: number;
	to: number;
	/** the place up to which those have read who have not read everything, and how many inbound texts that were */
	readTo: number;
	readInbound: number;
	seq: number;
	revision: number;
	inbound: number;
	firstAt: number;
	lastId: string;
	lastAt: number;
	changedAt: number;
};

/**
 * Every team's conversations; their messages add up to `messages`. The first one is the longest, with a tenth of all and
 * at most 100,000; the others' lengths follow a power law.
 */
export function planConversations(
	chance: Chance,
	dial: Dial,
	teams: readonly Team[],
	messages: number,
	since: number,
	until: number
): Conversation[] {
	const conversations = teams.flatMap((team) => openConversations(chance, dial, team, since));
	const longest = Math.min(100_000, Math.floor(messages / 10));
	const weights = conversations.map((_, at) => (at === 0 ? 0 : Math.min(300, (1 - chance.fraction()) ** (-1 / 1.3))));
	const whole = weights.reduce((sum, weight) => sum + weight, 0);
	const free = messages - longest - (conversations.length - 1);
	let left = free;
	for (const [at, conversation] of conversations.entries()) {
		const more = Math.floor((free * (weights[at] ?? 0)) / whole);
		conversation.messages = at === 0 ? longest : 1 + more;
		left -= more;
	}
	// what rounding left over
	for (let at = 1; left > 0; at = (at % (conversations.length - 1)) + 1, left--) {
		const conversation = conversations[at];
		if (conversation) conversation.messages += 1;
	}
	for (const [at, conversation] of conversations.entries()) live(chance, conversation, since, until, at === 0);
	return conversations;
}

function openConversations(chance: Chance, dial: Dial, team: Team, since: number): Conversation[] {
	const taken = new Set(team.numbers.map(({ e164 }) => e164));
	const signed = new Map<string, Set<string>>();
	const made: Conversation[] = [];
	for (let at = 0; at < team.conversations; at++) {
		const number = team.numbers[at === 0 ? 0 : Math.floor(team.numbers.length * chance.fraction() ** 2)];
		if (!number) break;
		const last = made.at(-1);
		const language = pickLanguage(chance);
		let contact: Conversation['contact'];
		const signature = chance.pick(services);
		const writesTo = signed.get(signature) ?? new Set<string>();
		const service = at > 0 && !writesTo.has(number.id) && chance.happens(0.08);
		if (service) {
			const other = made.find((one) => one.contact.number === signature);
			contact = { id: other?.contact.id ?? idAt(since), number: signature, name: null, known: other !== undefined };
			signed.set(signature, writesTo.add(number.id));
		} else if (last && !last.service && last.number !== number && chance.happens(0.05)) {
			// the same person writes to a second number of the team
			contact = { ...last.contact, known: true };
			if (made.some((one) => one.contact.id === contact.id && one.number === number)) continue;
		} else {
			const name = chance.happens(0.6) ? chance.pick(languages[language]?.names ?? ['Robin']) : null;
			contact = { id: idAt(since), number: contactNumber(dial.chance, taken), name, known: false };
		}
		made.push({
			...{ team, number, contact, language, service, id: '', stops: at > 0 && !service && chance.happens(0.01) },
			...{ messages: 0, from: 0, to: 0, readTo: 0, readInbound: 0 },
			...{ seq: 0, revision: 0, inbound: 0, firstAt: 0, lastId: '', lastAt: 0, changedAt: 0 }
		});
	}
	return made;
}

const hour = 3_600_000;

/** Gives it a time to live. The longest lasts from beginning to end, others the longer the more is said in them. */
function live(chance: Chance, conversation: Conversation, since: number, until: number, always: boolean): void {
	const end = until - 12 * hour;
	const span = end - since;
	const from = always ? since : since + span * chance.fraction() ** 0.8;
	const to = always ? end : Math.min(end, from + chance.wait(span / 12) * (conversation.messages / 25));
	const unread = chance.happens(0.1) ? chance.between(20, 400) : chance.between(1, 12);
	const readTo = Math.max(0, conversation.messages - unread);
	Object.assign(conversation, { id: idAt(from), from, to, readTo });
}
