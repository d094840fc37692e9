export type Keyword = 'stop' | 'start' | 'help';

// The default keywords of long codes and toll-free numbers (Twilio; REVOKE and OPTOUT since 14 May 2025).
const keywords: Readonly<Record<string, Keyword>> = {
	stop: 'stop',
	stopall: 'stop',
	unsubscribe: 'stop',
	cancel: 'stop',
	end: 'stop',
	quit: 'stop',
	revoke: 'stop',
	optout: 'stop',
	start: 'start',
	unstop: 'start',
	yes: 'start',
	help: 'help',
	info: 'help'
};

const longestKeyword = 'unsubscribe'.length;

/**
 * The opt-out keyword a text consists of, or null. Only the whole text counts: white space, invisible characters and
 * punctuation around the word are ignored, a second word is not ("stop this bill" says nothing about texting).
 */
export function findKeyword(body: string): Keyword | null {
	// a text of thousands of spaces is not worth trimming
	if (body.length > longestKeyword + 32) return null;
	const word = body.replace(/^[\s\p{P}\p{Cf}]+|[\s\p{P}\p{Cf}]+$/gu, '').toLowerCase();
	return Object.hasOwn(keywords, word) ? (keywords[word] ?? null) : null;
}
