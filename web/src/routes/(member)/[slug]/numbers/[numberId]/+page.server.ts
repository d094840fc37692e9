import { error } from '@sveltejs/kit';
import { Failure } from '#core/failures.ts';
import { registrationOf } from '#core/number-catalogue.ts';
import { everyDay, healthOf, sumOf } from '#core/number-usage.ts';
import { canText } from '#core/sending-number.ts';
import * as forms from '#lib/server/forms.ts';
import * as numberOrders from '#lib/server/number-orders.ts';
import * as organizations from '#lib/server/organizations.ts';
import * as ownedNumbers from '#lib/server/owned-numbers.ts';
import type { Actions, PageServerLoad, RequestEvent } from './$types';

const span = 30;

export const load: PageServerLoad = async ({ locals, params, depends }) => {
	depends('organization:people', 'numbers:usage');
	const { database, me } = locals;
	const { id, capabilities } = me.organization;
	const zone = await organizations.timeZone(database, id);
	try {
		const [number, usage, events, wallet] = await Promise.all([
			ownedNumbers.find(database, id, params.numberId),
			ownedNumbers.usage(database, id, zone, { days: 2 * span + 1, id: params.numberId }),
			ownedNumbers.events(database, params.numberId),
			numberOrders.wallet(database, id, capabilities)
		]);
		const documents = await ownedNumbers.documents(database, number);
		const all = everyDay(usage.numbers[0]?.days ?? [], usage.today, 2 * span);
		const days = all.slice(span);
		const total = sumOf(days);
		return {
			number,
			textable: canText(number),
			zone,
			events,
			documents,
			registration: registrationOf({
				country: number.country_code,
				type: number.kind,
				capabilities: number.capabilities.includes('sms') ? ['sms'] : []
			}),
			wallet,
			days,
			daysBefore: all.slice(0, span),
			health: healthOf(number.status, total),
			today: sumOf(days.slice(-1)),
			month: sumOf(all.filter(({ day }) => day.slice(0, 7) === usage.today.slice(0, 7))),
			total,
			before: sumOf(all.slice(0, span))
		};
	} catch (cause) {
		if (cause instanceof Failure) error(cause.status, cause.says);
		throw cause;
	}
};

/** Does it, and answers the form with one sentence, or with what was refused. */
async function answered(
	{ request }: RequestEvent,
	work: (fields: Record<string, string>) => Promise<string>,
	field?: string
) {
	const fields = forms.fieldsOf(await request.formData());
	try {
		return { ...forms.accepted, done: await work(fields) };
	} catch (cause) {
		return forms.refusedBy(cause, fields, field);
	}
}

export const actions: Actions = {
	rename: async ({ request, locals, params }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(ownedNumbers.Naming, fields);
		if (refused) return refused;
		try {
			await ownedNumbers.rename(locals.database, params.numberId, draft);
		} catch (cause) {
			return forms.refusedBy(cause, fields);
		}
		return { ...forms.accepted, done: 'Saved.' };
	},

	prefer: (event) =>
		answered(event, async ({ prefer: wish }) => {
			const { database, me } = event.locals;
			const on = wish === 'on';
			await ownedNumbers.setDefault(database, me.organization.id, on ? event.params.numberId : null);
			return on ? 'Your new texts begin from this number.' : 'Your new texts begin from the best match.';
		}),

	renewal: (event) =>
		answered(event, async ({ auto_renew: wish }) => {
			const on = wish === 'on';
			await ownedNumbers.setAutoRenew(event.locals.database, event.params.numberId, on);
			return on ? 'It renews by itself from now on.' : 'It does not renew by itself any more.';
		}),

	renew: (event) =>
		answered(event, async () => {
			await ownedNumbers.renew(event.locals.database, event.params.numberId);
			return 'Renewed. Texts go out and come in.';
		}),

	keep: (event) =>
		answered(event, async () => {
			await ownedNumbers.keep(event.locals.database, event.params.numberId);
			return 'The number stays.';
		}),

	cancel: async ({ request, locals, params }) => {
		const fields = forms.fieldsOf(await request.formData());
		const { draft, refused } = forms.parse(ownedNumbers.Cancelling, fields);
		if (refused) return refused;
		try {
			await ownedNumbers.cancel(locals.database, params.numberId, draft);
		} catch (cause) {
			return forms.refusedBy(cause, fields, 'typed');
		}
		return {
			...forms.accepted,
			done: draft.when === 'now' ? 'The number was given back.' : 'The number is cancelled.'
		};
	}
};
