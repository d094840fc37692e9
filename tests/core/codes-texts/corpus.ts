import { east } from './east.ts';
import { english } from './english.ts';
import { slavic } from './slavic.ts';
import { south } from './south.ts';
import { west } from './west.ts';

export type Sample = { language: string; text: string; code: string | null };

/** Every text written for the recogniser, with the code a person would type. */
export const corpus: readonly Sample[] = Object.entries({ en: english, ...west, ...slavic, ...south, ...east }).flatMap(
	([language, lines]) =>
		lines
			.split('\n')
			.filter((line) => line.includes('=>'))
			.map((line) => {
				const at = line.lastIndexOf('=>');
				const code = line.slice(at + 2).trim();
				return { language, text: line.slice(0, at).trim().replaceAll('⏎', '\n'), code: code === '' ? null : code };
			})
);
