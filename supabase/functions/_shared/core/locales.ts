/** The languages and customs that dates and figures may be written in, as BCP 47 tags. */
export const locales = [
	...['ar', 'bg', 'ca', 'cs', 'da', 'de', 'de-AT', 'de-CH', 'el', 'en', 'en-AU', 'en-CA', 'en-GB', 'en-IE', 'en-IN'],
	...[
		'en-US',
		'es',
		'es-MX',
		'et',
		'fi',
		'fr',
		'fr-CA',
		'he',
		'hi',
		'hr',
		'hu',
		'id',
		'it',
		'ja',
		'ko',
		'lt',
		'lv',
		'nb'
	],
	...['nl', 'pl', 'pt', 'pt-BR', 'ro', 'sk', 'sl', 'sr', 'sv', 'th', 'tr', 'uk', 'vi', 'zh-Hans', 'zh-Hant']
] as const;
export type Locale = (typeof locales)[number];

export function isLocale(tag: string): tag is Locale {
	return locales.some((known) => known === tag);
}

/** Every locale with its name in its own language, in the order of these names. */
export function namedLocales(): { tag: Locale; name: string }[] {
	const named = locales.map((tag) => {
		const name = new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag;
		return { tag, name: name.charAt(0).toLocaleUpperCase(tag) + name.slice(1) };
	});
	return named.sort((a, b) => a.name.localeCompare(b.name, 'en'));
}
