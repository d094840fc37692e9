import { VAPID_PUBLIC_KEY } from '$app/env/private';
import { displayPhone } from '#core/phone-display.ts';
import { deviceName } from '#lib/server/devices.ts';
import * as forms from '#lib/server/forms.ts';
import * as settings from '#lib/server/notification-settings.ts';
import * as ownedNumbers from '#lib/server/owned-numbers.ts';
import type { Actions, PageServerLoad } from './$types';

export const load: PageServerLoad = async ({ locals, url }) => {
	const { id } = locals.me.organization;
	const [found, owned] = await Promise.all([
		settings.find(locals.database, id),
		ownedNumbers.list(locals.database, id)
	]);
	const numbers = owned.map(({ id, e164, label }) => {
		const { prefix, rest } = displayPhone(e164);
		return { id, name: label ?? `${prefix} ${rest}` };
	});
	const number = numbers.find((one) => one.id === url.searchParams.get('number')) ?? null;
	return {
		...found,
		devices: found.devices.map(({ user_agent, ...device }) => ({ ...device, name: deviceName(user_agent) })),
		own: found.numbers,
		numbers,
		number,
		pushKey: VAPID_PUBLIC_KEY ?? null
	};
};

export const actions: Actions = {
	choose: async ({ request, locals, url }) => {
		const number = url.searchParams.get('number');
		const fields = forms.fieldsOf(await request.formData());
		// of a number: again as everywhere
		const choices = fields.follow === undefined ? settings.choicesOf(fields, number) : [];
		try {
			await settings.choose(locals.database, locals.me.organization.id, number, choices);
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		return { ...forms.accepted, done: 'choices' };
	},

	hours: async ({ request, locals }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(settings.Hours, fields);
		if (refused) return refused;
		try {
			await settings.setHours(locals.database, draft);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		return { ...forms.accepted, done: 'hours' };
	},

	try: async ({ request, locals }) => {
		const { draft, refused } = forms.parse(settings.Trial, forms.fieldsOf(await request.formData()));
		if (refused) return refused;
		try {
			await settings.tryOut(locals.database, locals.me.organization.id, draft.channel);
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		return { ...forms.accepted, done: draft.channel };
	},

	subscribe: async ({ request, locals }) => {
		const { draft, refused } = forms.parse(settings.Device, forms.fieldsOf(await request.formData()));
		if (refused) return refused;
		try {
			await settings.subscribe(locals.database, draft);
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		return forms.accepted;
	},

	unsubscribe: async ({ request, locals }) => {
		const { endpoint = '' } = forms.fieldsOf(await request.formData());
		try {
			await settings.unsubscribe(locals.database, endpoint);
		} catch (cause) {
			return forms.refusedBy(cause, {});
		}
		return forms.accepted;
	}
};
