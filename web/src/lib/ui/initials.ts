const segmenter = new Intl.Segmenter();

/**
 * The letters that stand for a name: the first of its first and of its last word, in capitals.
 * Answers '' for a name without a letter or digit (a bare phone number's plus, say).
 */
export function initials(name: string, count: 1 | 2 = 2): string {
	const words = name.split(/[\s_.-]+/u).filter((word) => /^[\p{L}\p{N}]/u.test(word));
	const first = words.at(0);
	const last = words.length > 1 ? words.at(-1) : undefined;
	const letters = [first, count === 2 ? last : undefined].map(firstLetter).join('');
	return letters.toLocaleUpperCase('en');
}

function firstLetter(word: string | undefined): string {
	for (const { segment } of segmenter.segment(word ?? '')) return segment;
	return '';
}
