/** A piece of what somebody wrote: plain words, or `@username` with the name in lower case. */
export type Piece = { text: string; username?: string };

/**
 * `@username` outside words, addresses and paths: not in noor@tidewater.example, medium.com/@noor or @tidewater.example.
 * Only ASCII counts as a word here, as names have nothing else: languages without spaces mention people, too.
 * private.mentioned_names reads by the same rule.
 */
const mention = /(?<![A-Za-z0-9_%+@/-])@([A-Za-z0-9_]{3,30})(?![A-Za-z0-9_@]|[.-][A-Za-z0-9])/g;

/** The usernames that a text mentions, in lower case, each once. */
export function mentionedIn(body: string): string[] {
	return [...new Set([...body.matchAll(mention)].map(([, name = '']) => name.toLowerCase()))];
}

/** A text in pieces, together the same text: those of its mentions that are `known` stand for themselves. */
export function piecesOf(body: string, known: (username: string) => boolean): Piece[] {
	const pieces: Piece[] = [];
	let at = 0;
	for (const found of body.matchAll(mention)) {
		const username = (found[1] ?? '').toLowerCase();
		if (!known(username)) continue;
		if (found.index > at) pieces.push({ text: body.slice(at, found.index) });
		pieces.push({ text: found[0], username });
		at = found.index + found[0].length;
	}
	if (at < body.length) pieces.push({ text: body.slice(at) });
	return pieces;
}

/** What somebody began to write behind an @ right before `caret`: where the @ stands, and the letters so far. */
export function begunMention(body: string, caret: number): { at: number; typed: string } | null {
	const found = /(?<![A-Za-z0-9_%+@/-])@([A-Za-z0-9_]{0,30})$/.exec(body.slice(0, caret));
	return found ? { at: found.index, typed: (found[1] ?? '').toLowerCase() } : null;
}

type Named = { username: string; full_name: string | null };

/** Whom the letters typed so far may mean, best first: by username, then by any part of the name; at most `most`. */
export function candidates<Person extends Named>(people: readonly Person[], typed: string, most = 6): Person[] {
	const rank = ({ username, full_name }: Named) => {
		if (username.startsWith(typed)) return 0;
		const words = plain(full_name ?? '').split(/[^\p{L}\p{N}]+/u);
		return words.some((word) => word.startsWith(typed)) ? 1 : username.includes(typed) ? 2 : 3;
	};
	return people
		.map((person) => ({ person, rank: rank(person) }))
		.filter(({ rank }) => rank < 3)
		.sort((a, b) => a.rank - b.rank || (a.person.username < b.person.username ? -1 : 1))
		.slice(0, most)
		.map(({ person }) => person);
}

function plain(text: string): string {
	return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
