import * as signIns from '#lib/server/sign-ins.ts';
import type { LayoutServerLoad } from './$types';

export const load: LayoutServerLoad = ({ locals, cookies }) => ({
	me: locals.me,
	lastSignIn: signIns.told(cookies)
});
