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

/** What the sentence of a notice needs; which of it is there depends on its topic. */
export type NoticeDetails = {
	/** What a number is called. */
	label?: string | null;
	/** Until the end of what is paid. */
	days?: number | null;
	/** What that end means for a number. */
	fate?: 'renews' | 'ends' | 'stops' | null;
	plan_name?: string | null;
	/** A name of what else it is about: a key, an endpoint. */
	name?: string | null;
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
