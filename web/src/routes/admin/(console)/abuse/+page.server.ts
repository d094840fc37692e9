import * as abuse from '#lib/server/operators/abuse.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const shown = abuse.shown.find((one) => one === url.searchParams.get('show')) ?? 'proposed';
	const [, sent, id] = /^(\d{1,9})_([0-9a-f-]{36})$/.exec(url.searchParams.get('after') ?? '') ?? [];
	const after = sent && id ? { sent: Number(sent), id } : null;
	return { shown, organizations: await abuse.read(locals.operator, shown, after) };
};
