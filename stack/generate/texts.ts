import type { Chance } from './chance.ts';
import { languages, type Language } from './phrases.ts';

const total = languages.reduce((sum, { weight }) => sum + weight, 0);

/** One of the languages, as often as its weight says: its place in the list. */
export function pickLanguage(chance: Chance): number {
	let left = chance.fraction() * total;
	return Math.max(
		0,
		languages.findIndex(({ weight }) => (left -= weight) < 0)
	);
}

/** A text in a language. Every code in it is of four to eight digits. */
export function writeText(chance: Chance, language: number, side: 'inbound' | 'outbound' | 'codes'): string {
	const { texts } = languages[language] ?? languages[0] ?? never();
	const sentences = side === 'codes' || chance.happens(0.6) ? 1 : chance.between(2, 3);
	let text = fill(chance, texts, chance.pick(texts[side]));
	for (let more = 1; more < sentences; more++) text += ` ${fill(chance, texts, chance.pick(texts[side]))}`;
	return text;
}

function fill(chance: Chance, texts: Language, sentence: string): string {
	if (!sentence.includes('{')) return sentence;
	const code = String(chance.between(0, 999_999)).padStart(chance.pick([6, 6, 6, 4, 8]), '0');
	return sentence.replace(/\{(\w+)\}/g, (_, slot: string) => {
		if (slot === 'code') return code.slice(0, 8);
		if (slot === 'time') return `${chance.between(7, 22)}:${chance.pick(['00', '15', '30', '45'])}`;
		if (slot === 'day') return chance.pick(texts.days);
		if (slot === 'place') return chance.pick(texts.places);
		return String(chance.between(2, 6));
	});
}

function never(): never {
	throw new Error('There are no languages');
}
