import { notificationKinds, type NotificationEvent, type Told } from '../core/notifications.ts';
import { pathOf, toldOf } from '../core/told.ts';
import { missing, moment, text, type Details, type Write } from './details.ts';
import { frame, named } from './frame.ts';

/** Letters about what people were told: where it is, and by whom; the words stay with us. */
export const notificationNotices: Readonly<Record<string, Write>> = {
	/** A row of `service.notification_letter`. */
	notification: (details, { appUrl }) => {
		const told = asTold(details);
		const says = `${sentenceOf(told)}.`;
		return frame({
			subject: sentenceOf(told),
			heading: sentenceOf(told),
			says: [told.topic === 'test' ? `${says} Letters from ${told.organization_name} look like this.` : whereOf(told)],
			button: {
				label: buttons[told.event ?? 'billing'],
				url: `${appUrl}/${encodeURIComponent(told.slug)}${pathOf(told)}`
			},
			aside: 'What was written stays with us, for those who may see it.'
		});
	},

	/** {organization_name, slug, cadence, total, entries}: of `service.take_digest`. */
	digest: ({ organization_name, slug, cadence, total, entries }, { appUrl, timeZone }) => {
		if (!Array.isArray(entries) || typeof total !== 'number') return missing('list');
		const told = entries.map((entry: unknown) => asTold(isDetails(entry) ? entry : missing('entry')));
		const count = total === 1 ? 'One notification' : `${total} notifications`;
		const more = total - told.length;
		const organization = named(text(organization_name));
		return frame({
			subject: `${count} from ${organization}`,
			heading: `${count} you have not read`,
			says: [
				`This is what happened in ${organization} in the last ${cadence === 'hourly' ? 'hour' : 'day'}.`,
				...told.map((one) => `${moment(one.created_at, timeZone)}: ${sentenceOf(one)}.`),
				...(more > 0 ? [`And ${more} more.`] : [])
			],
			button: {
				label: 'See all of them',
				url: `${appUrl}/${encodeURIComponent(text(slug))}/inbox/notifications`
			},
			aside: 'What was written stays with us, for those who may see it.'
		});
	}
};

const buttons: Readonly<Record<NotificationEvent, string>> = {
	mention: 'Open the conversation',
	assigned: 'Open the conversation',
	message: 'Open the conversation',
	any_text: 'Open the conversation',
	failed: 'Open the conversation',
	verification: 'See the request',
	export: 'See the files',
	numbers: 'See more',
	billing: 'See more',
	programs: 'See more'
};

function sentenceOf(told: Told): string {
	const actor = told.actor_name;
	return toldOf(told, () => actor ?? 'A former colleague');
}

function whereOf({ organization_name, number_label, event }: Told): string {
	const where = `It is in ${organization_name}${number_label ? `, at ${number_label}` : ''}.`;
	return event === 'export' ? where : `${where} You had not read it yet.`;
}

/** What is told, with every name as a letter may show it. */
function asTold(details: Details): Told {
	const kind = notificationKinds.find((one) => one === details.kind) ?? missing('kind');
	// the rest is the row of our own verb
	const told = { ...details, kind } as Told;
	const name = <T extends string | null>(value: T) => (value === null ? null : named(value));
	return {
		...told,
		slug: text(told.slug),
		organization_name: named(text(told.organization_name)),
		actor_name: name(told.actor_name),
		contact_name: name(told.contact_name),
		title: name(told.title),
		number_label: name(told.number_label),
		details: { ...told.details, label: name(told.details.label ?? null), name: name(told.details.name ?? null) }
	};
}

function isDetails(value: unknown): value is Details {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
