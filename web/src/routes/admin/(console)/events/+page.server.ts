import * as queues from '#lib/server/operators/queues.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const key = url.searchParams.get('key');
	const provider = url.searchParams.get('provider') === 'stripe' || key?.startsWith('evt_') ? 'stripe' : 'twilio';
	return { provider, key, events: await queues.events(locals.operator, provider, key) };
};
