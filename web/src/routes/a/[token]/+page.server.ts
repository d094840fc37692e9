import * as attachments from '#lib/server/attachments.ts';
import type { PageServerLoad } from './$types';

/** Looking uses nothing up: previews of links do that, too. */
export const load: PageServerLoad = async ({ params, setHeaders }) => {
	setHeaders({ 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex' });
	const file = await attachments.linked(params.token);
	return {
		file: file && { name: file.name, size: file.size, expires_at: file.expires_at, organization: file.organization }
	};
};
