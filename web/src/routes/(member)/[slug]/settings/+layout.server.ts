import { listedFor } from '#lib/account/settings.ts';
import type { LayoutServerLoad } from './$types';

/** Which pages there are for this role. */
export const load: LayoutServerLoad = ({ locals }) => ({ sections: listedFor(locals.me.organization.capabilities) });
