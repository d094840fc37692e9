import { LinkifyIt } from 'linkify-it';

/** A piece of a text that leads somewhere: from the first UTF-16 unit up to, not including, the last. */
export type Link = { from: number; to: number; href: string };
export type FindLinks = (text: string) => readonly Link[];

// only the web: nothing runs, calls, mails or opens a program
const linkify = new LinkifyIt({ fuzzyLink: true, fuzzyEmail: false, fuzzyIP: false })
	.add('ftp:', null)
	.add('mailto:', null)
	.add('//', null);

/** The web addresses in a text, in order; only http and https. */
export const findLinks: FindLinks = (text) =>
	(linkify.match(text) ?? []).flatMap(({ index, lastIndex, url }) => {
		const parsed = URL.canParse(url) ? new URL(url) : null;
		const safe = parsed && (parsed.protocol === 'http:' || parsed.protocol === 'https:') && parsed.username === '';
		// what an address with a name before its @ shows is not where it leads
		return safe && text[lastIndex] !== '@' ? [{ from: index, to: lastIndex, href: parsed.href }] : [];
	});
