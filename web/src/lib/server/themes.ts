import type { Cookies } from '@sveltejs/kit';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

/** Whether a form's value is one of the themes. */
export function isTheme(value: unknown): value is Theme {
	return themes.some((theme) => theme === value);
}

/** The theme chosen on this device, or nothing where the system decides. */
export function themeOf(cookies: Cookies): 'light' | 'dark' | undefined {
	const chosen = cookies.get('theme');
	return chosen === 'light' || chosen === 'dark' ? chosen : undefined;
}

/** Remembers the choice on this device for a year. */
export function choose(cookies: Cookies, theme: Theme, secure: boolean): void {
	const options = { path: '/', httpOnly: true, sameSite: 'lax', secure } as const;
	if (theme === 'system') cookies.delete('theme', options);
	else cookies.set('theme', theme, { ...options, maxAge: 365 * 24 * 60 * 60 });
}
