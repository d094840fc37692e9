import { redirect } from '@sveltejs/kit';
import { PUBLIC_APP_NAME } from '$app/env/public';
import { Failure } from '#core/failures.ts';
import * as forms from '#lib/server/forms.ts';
import * as codes from '#lib/server/operators/codes.ts';
import * as realm from '#lib/server/operators/realm.ts';
import * as signIn from '#lib/server/operators/sign-in.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const link = url.searchParams.get('link');
	if (link) return { step: 'set_up' as const, ...(await offer(link)) };
	return { step: locals.entering?.stage === 'password' ? ('code' as const) : ('password' as const) };
};

/** Whom a link is for and what their app takes up; nothing where it is over. */
async function offer(link: string) {
	try {
		const { name, full_name, secret } = await signIn.invitation(link);
		return { invited: { link, name, full_name, ...codes.offered(secret, `${PUBLIC_APP_NAME} operators`, name) } };
	} catch (cause) {
		if (cause instanceof Failure && cause.slug === 'operator_invitation_over') return { over: cause.says };
		throw cause;
	}
}

export const actions: Actions = {
	password: async (event) => {
		const fields = forms.fieldsOf(await event.request.formData());
		const { draft, refused } = forms.parse(signIn.Credentials, fields);
		if (refused) return refused;
		try {
			await signIn.withPassword(event, draft);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		redirect(303, '/admin/sign-in');
	},
	code: async (event) => {
		const { code = '' } = forms.fieldsOf(await event.request.formData());
		try {
			await signIn.withCode(event, code);
		} catch (cause) {
			// the first step is too long ago, or five codes were wrong: from the beginning
			if (cause instanceof Failure && cause.slug === 'operator_session_ended') redirect(303, '/admin/sign-in');
			return forms.refusedBy(cause, {}, 'code');
		}
		redirect(303, '/admin');
	},
	set_up: async (event) => {
		const fields = forms.fieldsOf(await event.request.formData());
		const { draft, refused } = forms.parse(signIn.SetUp, fields);
		if (refused) return refused;
		try {
			return { ...forms.accepted, recovery: await signIn.setUp(event, draft) };
		} catch (cause) {
			const slug = cause instanceof Failure ? cause.slug : undefined;
			const field = slug?.startsWith('password') ? 'password' : slug === 'operator_code_invalid' ? 'code' : undefined;
			return forms.refusedBy(cause, fields, field);
		}
	},
	leave: async (event) => {
		await realm.leave(event);
		redirect(303, '/admin/sign-in');
	}
};
