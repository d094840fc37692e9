import * as sessions from '#lib/server/sessions.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = ({ cookies }) => ({ isSignedIn: sessions.isBrought(cookies) });
