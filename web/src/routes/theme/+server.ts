import { error, redirect } from '@sveltejs/kit';
import { safeNext } from '#lib/server/destinations.ts';
import * as forms from '#lib/server/forms.ts';
import * as themes from '#lib/server/themes.ts';
import { failures } from '#core/failures.ts';
import type { RequestHandler } from './$types';

/** Light, dark or as the system has it, on this device. */
export const POST: RequestHandler = async ({ request, cookies, url }) => {
	const { theme, next } = forms.fieldsOf(await request.formData());
	if (!themes.isTheme(theme)) error(400, failures.malformed.says);
	themes.choose(cookies, theme, url.protocol === 'https:');
	redirect(303, safeNext(next ?? null) ?? '/');
};
