import { error } from '@sveltejs/kit';
import { failures } from '#core/failures.ts';
import { explained } from '#lib/server/explained-refusals.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ params }) => {
	const refusal = explained(params.code);
	if (!refusal) error(404, failures.not_found.says);
	return { refusal };
};
