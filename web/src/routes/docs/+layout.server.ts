import * as guides from '#lib/server/guides.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = () => ({ guides: guides.list });
