import type { Channel, EmailChoice, NotificationEvent } from './notifications.ts';

/** What people choose by, as their pages call it. */
export const eventWords: Readonly<Record<NotificationEvent, { label: string; says: string }>> = {
	mention: { label: 'Mentions', says: 'Somebody wrote your @name.' },
	assigned: { label: 'Given to you', says: 'A conversation is yours now.' },
	message: { label: 'Your conversations', says: 'A text where it is yours, you follow, or you wrote lately.' },
	any_text: { label: 'Every other text', says: 'From outside, in any conversation you may see.' },
	failed: { label: 'Not delivered', says: 'A text of yours did not arrive.' },
	verification: { label: 'Codes', says: 'A request of yours ended without you.' },
	export: { label: 'Files', says: 'Files that you asked for are ready.' },
	numbers: { label: 'Numbers', says: 'Orders, renewals, and what follows.' },
	billing: { label: 'Plan and wallet', says: 'Payments, top-ups and limits.' },
	programs: { label: 'Keys and webhooks', says: 'Refused keys, addresses that do not answer.' }
};

export const channelWords: Readonly<Record<Channel, string>> = { bell: 'Bell', push: 'Devices', email: 'E-mail' };

export const emailWords: Readonly<Record<EmailChoice, string>> = {
	off: 'Never',
	unread: 'If still unread',
	at_once: 'At once',
	hourly: 'Every hour',
	daily: 'Every day'
};

/** Which letters these are, by what a link out of one of them ends. */
export function lettersAbout(about: string): string {
	if (about === 'hourly' || about === 'daily') return `${about} letters`;
	const words = eventWords[about as NotificationEvent] as { label: string } | undefined;
	return words ? `letters about “${words.label}”` : 'letters like this';
}
