import * as health from '#lib/server/health.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals }) => {
	const { parts, ...status } = await health.status(locals.database);
	return { ...status, parts: parts.map((part) => ({ ...part, name: health.parts[part.part] })) };
};
