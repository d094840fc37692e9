import { error } from '@sveltejs/kit';
import { PUBLIC_SUPABASE_URL } from '$app/env/public';
import { failures } from '#core/failures.ts';
import * as guides from '#lib/server/guides.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ params }) => {
	const guide = guides.read(params.guide, PUBLIC_SUPABASE_URL);
	if (!guide) error(404, failures.not_found.says);
	const place = guides.list.findIndex(({ slug }) => slug === guide.slug);
	return { guide, next: guides.list[place + 1] ?? null };
};
