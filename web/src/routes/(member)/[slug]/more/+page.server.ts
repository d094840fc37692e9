import { themeOf } from '#lib/server/themes.ts';
import type { Theme } from '#lib/server/themes.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ cookies }) => {
	const theme: Theme = themeOf(cookies) ?? 'system';
	return { theme };
};
