import { limitWords, throttleWords } from './limits.ts';
import type { NoticeDetails, Notification } from './notifications.ts';
import { displayPhone } from './phone-display.ts';

/** With whom the conversation is. */
export function placeOf({ contact_name, contact_number, title }: Notification): string {
	if (contact_name || !contact_number) return contact_name ?? title ?? 'a conversation';
	const { prefix, rest } = displayPhone(contact_number);
	return `${prefix} ${rest}`.trim();
}

/** What happened, in a sentence without its end. */
export function toldOf(notification: Notification, nameOf: (userId: string | null) => string): string {
	const place = placeOf(notification);
	switch (notification.kind) {
		case 'mention':
			return `${nameOf(notification.actor_id)} mentioned you in ${place}`;
		case 'assigned':
			return notification.actor_id
				? `${nameOf(notification.actor_id)} gave you ${place}`
				: `The conversation with ${place} is yours`;
		case 'message':
			return notification.texts > 1 ? `${notification.texts} texts from ${place}` : `${place} texted`;
		case 'failed':
			return `Your text to ${place} did not arrive`;
		case 'verification':
			return `${requestOf(notification.service_name)} ${endOf(notification, nameOf)}`;
		case 'export':
			return 'The files with your codes are ready';
		case 'notice':
			return noticeOf(notification.topic ?? '', notification.details);
	}
}

const requestOf = (service: string | null) => `Your request for a code of ${service ?? 'a service'}`;

/** How it ended without whoever asked. */
function endOf({ verification_status, actor_id }: Notification, nameOf: (userId: string | null) => string): string {
	if (verification_status === 'cancelled') return `was cancelled by ${nameOf(actor_id)}`;
	return verification_status === 'filtered' ? 'will not be answered: the carrier struck the code out' : 'expired';
}

const comes = { renews: 'renews', ends: 'was cancelled and ends', stops: 'is not renewed and stops' };

/** What happened to something that is no conversation: a sentence for each topic that the database knows. */
const notices: Readonly<Record<string, (details: NoticeDetails) => string>> = {
	order_active: ({ label }) => `The number ${label ?? ''} is yours`,
	order_released: ({ label }) => `The number ${label ?? ''} was not bought. Its money is back in the wallet`,
	number_renews_soon: ({ label, days, fate }) =>
		`${label ?? 'A number'} ${comes[fate ?? 'renews']} ${days === 1 ? 'tomorrow' : `in ${days ?? 14} days`}`,
	number_renewed: ({ label }) => `${label ?? 'A number'} was renewed`,
	number_grace: ({ label }) => `${label ?? 'A number'} was not renewed: texts come in, none go out`,
	number_quarantined: ({ label }) => `${label ?? 'A number'} was put aside. It can still be restored`,
	number_restored: ({ label }) => `${label ?? 'A number'} is in use again`,
	number_cancelled: ({ label }) => `${label ?? 'A number'} was cancelled`,
	number_released: ({ label }) => `${label ?? 'A number'} was given back`,
	payment_failed: () => 'The payment for your plan failed. The plan stays for seven days',
	payment_owed: () => 'The payment for your plan is still owed',
	payment_came: () => 'The payment for your plan has come',
	plan_ended: ({ plan_name }) => `The plan ${plan_name ?? ''} has ended. You are on Free`,
	auto_top_up_failed: () => 'Automatic top-up stopped: the card was refused',
	auto_top_up_needs_action: () => 'Automatic top-up stopped: the bank asks the card’s owner',
	auto_top_up_ceiling: () => 'Automatic top-up has reached this month’s ceiling',
	webhook_parked: ({ name }) => `The webhook at ${name ?? 'an address'} did not take an event for three days`,
	webhook_disabled: ({ name }) =>
		`The webhook at ${name ?? 'an address'} was switched off after three days without an answer`,
	key_refused: ({ name }) => `The API key “${name ?? ''}” is refused again and again`,
	key_expires_soon: ({ name, days }) => `The API key “${name ?? ''}” expires within a ${days === 1 ? 'day' : 'week'}`,
	limit_near: (details) => limitWords(details),
	sending_throttled: ({ step }) => throttleWords(step),
	sending_freed: () => 'Sending is as before: nothing holds your texts back any more',
	test: () => 'This is a test: it works'
};

function noticeOf(topic: string, details: NoticeDetails): string {
	return notices[topic]?.(details).replace(/ {2,}/g, ' ') ?? 'Something changed in your organization';
}

/** Where, below the organization's address, one looks after what a notice is about. */
export function noticePlace({ topic, subject, phone_number_id: number }: Notification): string {
	if (number) return `/numbers/${number}`;
	if (topic === 'test') return '/settings/notifications';
	if (topic?.startsWith('order_')) return `/numbers/orders/${subject ?? ''}`;
	if (topic?.startsWith('webhook_')) return `/settings/webhooks/${subject ?? ''}`;
	if (topic?.startsWith('limit_') || topic?.startsWith('sending_')) return '/settings/usage';
	if (topic?.startsWith('key_')) return `/settings/api-keys/${subject ?? ''}`;
	return '/settings/billing';
}

/** Where it leads, below the organization's address. */
export function pathOf(notification: Notification): string {
	const { id, conversation_id: conversation, verification_id: verification, export_id } = notification;
	if (conversation !== null) return `/inbox/${conversation}`;
	if (verification !== null) return `/verifications/${verification}`;
	return export_id !== null ? '/verifications/export' : `/inbox/notifications/${id}`;
}
