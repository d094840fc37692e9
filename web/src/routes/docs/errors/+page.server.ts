import { failures } from '#core/failures.ts';
import { byStatus } from '#lib/server/explained-refusals.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = () => ({ statuses: byStatus(), malformed: failures.malformed.says });
