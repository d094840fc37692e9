import type { VerificationStatus } from './verifications.ts';

export const notificationKinds = [
	'mention',
	'assigned',
	'message',
	'failed',
	'verification',
	'export',
	'notice'
] as const;

/** What people choose by, in the order of their page. */
export const notificationEvents = [
	'mention',
	'assigned',
	'message',
	'any_text',
	'failed',
	'verification',
	'export',
	'numbers',
	'billing',
	'programs'
] as const;
export type NotificationEvent = (typeof notificationEvents)[number];

/** When a letter tells of something: `unread`, after five minutes unless it was read. */
export const emailChoices = ['off', 'unread', 'at_once', 'hourly', 'daily'] as const;
export type EmailChoice = (typeof emailChoices)[number];

export const channels = ['bell', 'push', 'email'] as const;
export type Channel = (typeof channels)[number];

/** How somebody wants to be told of an event. */
export type Choice = { event: NotificationEvent; bell: boolean; push: boolean; email: EmailChoice };

/** Times of the day as `HH:MM:SS`, by the clock of the person's own time zone; null: never quiet. */
export type NotificationHours = {
	quiet_from: string | null;
	quiet_until: string | null;
	mentions_break_through: boolean;
	digest_at: string;
};

export type NotificationSettings = {
	/** For the organization; `per_number`: it happens at a number, where one may choose otherwise. */
	choices: (Choice & { per_number: boolean })[];
	numbers: (Choice & { phone_number_id: string })[];
	hours: NotificationHours;
	devices: { id: string; created_at: string; user_agent: string | null; is_current: boolean }[];
};

/** What somebody hears who chose nothing; SQL has the same. */
export const notificationDefaults: NotificationSettings['choices'] = [
	{ event: 'mention', per_number: true, bell: true, push: true, email: 'unread' },
	{ event: 'assigned', per_number: true, bell: true, push: true, email: 'off' },
	{ event: 'message', per_number: true, bell: true, push: true, email: 'off' },
	{ event: 'any_text', per_number: true, bell: false, push: false, email: 'off' },
	{ event: 'failed', per_number: true, bell: true, push: true, email: 'off' },
	{ event: 'verification', per_number: true, bell: true, push: true, email: 'off' },
	{ event: 'export', per_number: false, bell: true, push: false, email: 'off' },
	{ event: 'numbers', per_number: false, bell: true, push: false, email: 'at_once' },
	{ event: 'billing', per_number: false, bell: true, push: false, email: 'at_once' },
	{ event: 'programs', per_number: false, bell: true, push: false, email: 'at_once' }
];

/** What waits to be unread has no letter of its own, which leaves at once. */
export function emailChoicesOf(event: NotificationEvent): readonly EmailChoice[] {
	const hasOwn = event === 'export' || event === 'numbers' || event === 'billing' || event === 'programs';
	return hasOwn ? emailChoices.filter((choice) => choice !== 'unread') : emailChoices;
}

/** What the sentence of a notice needs; which of it is there depends on its topic. */
export type NoticeDetails = {
	/** What a number is called. */
	label?: string | null;
	/** Until the end of what is paid. */
	days?: number | null;
	/** What that end means for a number. */
	fate?: 'renews' | 'ends' | 'stops' | null;
	plan_name?: string | null;
	/** Of a limit: which, how much of it in steps, how much it was, and whether texts stop where it ends. */
	limit_name?: string | null;
	of_cap?: boolean | null;
	percent?: number | null;
	used?: number | null;
	most?: number | null;
	stops?: boolean | null;
	/** A name of what else it is about: a key, an endpoint. */
	name?: string | null;
	/** How far sending is held back. */
	step?: string | null;
};

/** What somebody was told of; a row of api.notifications. */
export type Notification = {
	id: string;
	kind: (typeof notificationKinds)[number];
	/** Null for what is about a verification, an export or anything else. */
	conversation_id: string | null;
	phone_number_id: string | null;
	seq: number | null;
	verification_id: string | null;
	/** Of files that were asked for. */
	export_id: string | null;
	/** Of a notice: what happened, to what (an id, or a word), and what its sentence needs. */
	topic: string | null;
	subject: string | null;
	details: NoticeDetails;
	note_id: string | null;
	actor_id: string | null;
	/** How many texts from outside it stands for. */
	texts: number;
	created_at: string;
	read_at: string | null;
	contact_name: string | null;
	contact_number: string | null;
	/** What a team calls its own conversation. */
	title: string | null;
	number_label: string | null;
	/** The start of the words it is about. */
	body: string | null;
	error_code: string | null;
	verification_status: VerificationStatus | null;
	/** For which a code was asked. */
	service_name: string | null;
};

/** The same for who has no page that would look names up: a device, a letter. */
export type Told = Notification & {
	event: NotificationEvent | null;
	actor_name: string | null;
	slug: string;
	organization_name: string;
};
