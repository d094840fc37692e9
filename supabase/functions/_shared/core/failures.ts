import { usernameTaken } from './account.ts';
import { everyday } from './everyday-failures.ts';
import { apiFailures } from './failures-api.ts';
import { billingFailures } from './failures-billing.ts';
import { keyFailures } from './failures-keys.ts';
import { limitFailures } from './failures-limits.ts';
import { numberFailures } from './failures-numbers.ts';
import { operatorFailures } from './failures-operators.ts';
import { webhookFailures } from './failures-webhooks.ts';
import { slugTaken } from './organizations.ts';

/**
 * Every refusal of the product: the HTTP status it is answered with and the sentence a person reads. SQL raises the
 * slug, functions answer it, pages show `says`.
 */
export const failures = {
	...everyday,
	...apiFailures,
	...billingFailures,
	...keyFailures,
	...webhookFailures,
	...limitFailures,
	...operatorFailures,
	unauthorized: { status: 401, says: 'This needs a valid key or token.' },
	credentials_invalid: {
		status: 400,
		says: 'No account has this e-mail address with this password. Check both.'
	},
	email_unconfirmed: { status: 403, says: 'Open the link in the mail we sent you first.' },
	fresh_session_required: { status: 403, says: 'Enter your password once more to go on. Nothing was changed.' },
	suspended: {
		status: 403,
		says: 'This account is suspended. Nothing of it is deleted. Write to our support to have it looked at.'
	},
	organization_suspended: {
		status: 403,
		says: 'This organization is suspended. Its texts are kept. Write to our support to have it looked at.'
	},
	not_allowed: { status: 403, says: 'Your role here does not allow this. Nothing was changed.' },

	collision: { status: 409, says: 'A colleague answered first. Your text was not sent.' },
	sent_twice: {
		status: 409,
		says: 'You have sent these very words already, from another page or device. They were not sent again.'
	},
	opted_out: {
		status: 409,
		says: 'This person wants no texts from this number. Yours was not sent. They can start again by writing START.'
	},
	assignee_invalid: {
		status: 422,
		says: 'This colleague cannot answer here. Nothing was changed; choose somebody else.'
	},
	snooze_invalid: { status: 422, says: 'Choose a moment in the coming year. Nothing was changed.' },
	retention_invalid: { status: 422, says: 'Choose between one day and ten years. Nothing was changed.' },
	label_name_invalid: { status: 422, says: 'Give the label a name of at most 40 characters. Nothing was changed.' },
	label_color_invalid: { status: 422, says: 'Choose one of the eight colours, or none. Nothing was changed.' },
	label_taken: { status: 409, says: 'There is a label of this name already. Nothing was changed.' },
	label_gone: { status: 404, says: 'This label was deleted meanwhile. Nothing was changed.' },
	labels_too_many: {
		status: 409,
		says: 'An organization can have 200 labels, a conversation 20. Nothing was changed.'
	},
	not_long_archived: {
		status: 409,
		says: 'Only what has been in the archive for 30 days can be deleted. Nothing was deleted.'
	},
	country_invalid: { status: 422, says: 'Choose a country of the list. Nothing was changed.' },
	placeholder_unfilled: { status: 422, says: 'Fill in what stands in {{ }} first. Nothing was sent.' },
	already_sent: { status: 409, says: 'This text was on its way already. It could not be taken back.' },
	send_at_invalid: { status: 422, says: 'Choose a time between now and a year from now. Nothing was scheduled.' },
	schedule_over: { status: 409, says: 'This text is not scheduled any more. Nothing was changed.' },
	evidence_missing: {
		status: 422,
		says: 'Write down how they agreed to be texted again, in 10 to 500 characters. Nothing was changed.'
	},
	reply_invalid: { status: 422, says: 'A reply has at most 300 characters, and no {{ }}. Nothing was changed.' },
	view_name_invalid: { status: 422, says: 'Give the view a name of 1 to 40 characters. Nothing was saved.' },
	too_many_views: { status: 409, says: 'You keep at most 20 views here. Delete one first. Nothing was saved.' },
	template_name_invalid: { status: 422, says: 'Give the template a name of 1 to 60 characters.' },
	template_name_taken: { status: 409, says: 'Another template has this name. Choose a different one.' },
	too_many_templates: { status: 409, says: 'An organization keeps at most 500 templates. Delete one first.' },
	message_too_long: { status: 422, says: 'A text can have at most 1,600 characters. Yours was not sent.' },
	note_too_long: { status: 422, says: 'A note can have at most 4,000 characters. Yours was not added.' },
	recipient_invalid: { status: 422, says: 'This does not look like a number that can be texted. Nothing was sent.' },
	idempotency_key_reused: {
		status: 422,
		says: 'This key was used for another text before. Nothing was sent; use a new key.'
	},
	attachment_empty: { status: 422, says: 'This file is empty. Choose another one.' },
	attachment_too_large: { status: 422, says: 'A file can have at most 25 MB. Choose a smaller one.' },
	attachments_too_many: { status: 422, says: 'A text can have at most 10 files. Remove some of them first.' },
	attachments_too_large: {
		status: 422,
		says: 'The files of a text can have 5 MB together. Nothing was sent; remove some, or put a link in the text.'
	},
	attachment_missing: { status: 404, says: 'A file did not arrive. Nothing was sent; choose it once more.' },
	attachment_not_ready: {
		status: 409,
		says: 'A file is still being looked at. Nothing was sent; try again in a moment.'
	},
	attachment_type_unsupported: {
		status: 422,
		says: 'Files of this kind cannot be sent here. Choose a JPEG, PNG, GIF, WebP, PDF, vCard, MP4, 3GP or plain text file.'
	},
	attachment_unreadable: {
		status: 422,
		says: 'This file is damaged or not what its name says. Choose another one.'
	},
	attachment_dimensions: {
		status: 422,
		says: 'This picture has too many pixels to be shown. Choose a smaller one.'
	},
	attachment_unchecked: { status: 503, says: 'We could not look at this file. Choose it once more.' },
	media_unavailable: {
		status: 422,
		says: 'Files cannot be texted between these two numbers. Nothing was sent; put a link in the text instead.'
	},
	media_unreachable: { status: 503, says: 'The carrier did not hand this file over. It can be fetched once more.' },
	media_address_refused: {
		status: 422,
		says: 'The address of this file is none that we read from. It was not fetched.'
	},
	...numberFailures,
	username_invalid: { status: 422, says: 'Use a to z, 0 to 9 and _, for example noor_haddad. 3 to 30 characters.' },
	username_taken: { status: 409, says: usernameTaken },
	password_weak: { status: 422, says: 'This password is easy to guess. Use a longer one.' },
	password_personal: {
		status: 422,
		says: 'Your name, username and e-mail address are easy to guess, and so is the name of this app. Leave them out.'
	},
	password_unchanged: { status: 422, says: 'This is the password you have already. Nothing was changed.' },
	email_taken: { status: 409, says: 'This address cannot be used. Nothing was changed; try another.' },
	sole_owner: {
		status: 409,
		says: 'Other people belong to an organization that only you own. Nothing was changed.'
	},
	full_name_too_long: { status: 422, says: 'Use at most 100 characters.' },
	locale_invalid: { status: 422, says: 'Choose one of the languages of the list.' },
	time_zone_invalid: { status: 422, says: 'Choose a time zone of the list, for example Europe/Berlin.' },
	picture_missing: { status: 404, says: 'The picture did not arrive. Nothing was changed; choose it once more.' },
	picture_type_unsupported: {
		status: 422,
		says: 'This is not a PNG, JPEG or WebP picture. Nothing was changed; choose another one.'
	},
	picture_too_large: {
		status: 422,
		says: 'This picture has more than 2 MB. Nothing was changed; choose a smaller one.'
	},
	picture_dimensions: {
		status: 422,
		says: 'This picture is more than 4,096 pixels wide or high. Nothing was changed; choose a smaller one.'
	},
	picture_unreadable: {
		status: 422,
		says: 'This picture is damaged or of a kind we cannot read. Nothing was changed; choose another one.'
	},
	picture_unchecked: {
		status: 503,
		says: 'We could not look at this picture. Nothing was changed; choose it once more.'
	},
	email_invalid: {
		status: 422,
		says: 'This does not look like an e-mail address, for example noor@tidewater.example.'
	},
	owner_not_invitable: {
		status: 422,
		says: 'Nobody is invited as an owner: ownership is offered to somebody who belongs here already.'
	},
	already_member: { status: 409, says: 'Somebody with this address belongs here already. Nothing was sent.' },
	already_invited: {
		status: 409,
		says: 'This address has an open invitation. Send that one again, or revoke it first.'
	},
	invitation_closed: {
		status: 409,
		says: 'This invitation is not open any more: it was accepted, revoked or replaced, or its time ran out.'
	},
	too_many_invitations: {
		status: 429,
		says: 'An organization sends at most 20 invitations in an hour. This one was not sent; try again later.'
	},
	organization_name_invalid: { status: 422, says: 'Give the organization a name of 1 to 100 characters.' },
	slug_invalid: {
		status: 422,
		says: 'Use a to z, 0 to 9 and single hyphens, for example tidewater-stays. 3 to 60 characters.'
	},
	slug_taken: { status: 409, says: slugTaken },
	member_gone: { status: 404, says: 'This person does not belong to the organization. Nothing was changed.' },
	own_role: { status: 409, says: 'Nobody changes their own role. Ask another admin or the owner.' },
	own_membership: { status: 409, says: 'Nobody removes themselves. Leave the organization instead.' },
	last_owner: {
		status: 409,
		says: 'An organization always has an owner. Hand ownership over first; nothing was changed.'
	},
	personal_organization: { status: 409, says: 'Everybody keeps their personal organization. Nothing was changed.' },
	already_owner: { status: 409, says: 'This person is an owner already. Nothing was changed.' },
	offer_gone: { status: 404, says: 'This offer of ownership is not open any more. Nothing was changed.' },
	service_invalid: {
		status: 422,
		says: 'Choose a service of the list, or name one in at most 80 characters. Nothing was asked for.'
	},
	ttl_invalid: { status: 422, says: 'Choose how long to wait: between a minute and a day. Nothing was asked for.' },
	verification_note_too_long: { status: 422, says: 'A note has at most 500 characters. Nothing was asked for.' },
	number_missing: { status: 409, says: 'There is no number that a code could be texted to. Nothing was asked for.' },
	allowed_use_unconfirmed: {
		status: 403,
		says: 'An owner or admin first has to confirm that codes are asked for your own accounts and tests only. Nothing was asked for.'
	},
	verifications_too_many: {
		status: 429,
		says: 'An organization asks for at most 30 codes in a minute and 2,000 in a day. Nothing was asked for; try again later.'
	},
	verification_key_reused: {
		status: 422,
		says: 'This key was used for another request before. Nothing was asked for; use a new key.'
	},
	cancel_reason_too_long: { status: 422, says: 'A reason has at most 200 characters. Nothing was changed.' },
	exports_too_many: {
		status: 409,
		says: 'Three exports of yours are being written. Wait for one, or remove it.'
	},
	export_too_large: {
		status: 409,
		says: 'More than 20,000 requests are too many for one download. Have them prepared as files instead.'
	},
	balance_too_low: {
		status: 402,
		says: 'The wallet does not hold enough for this. Nothing was sent or charged; top up under Billing.'
	},
	ledger_key_reused: { status: 409, says: 'This key has moved other money before. Nothing was booked.' },
	hold_over: { status: 409, says: 'This was paid already, with another amount. Nothing was booked.' },
	verification_over: { status: 409, says: 'This request has ended already. Nothing was changed.' },
	code_missing: { status: 409, says: 'No code has arrived yet. Nothing was changed.' },
	code_taken: {
		status: 409,
		says: 'This code belongs to another request, or came before this one. Nothing was changed.'
	},
	code_removed: { status: 410, says: 'This code is not kept any more.' },
	code_rules_full: { status: 409, says: 'An organization keeps at most 500 rules about codes. Delete one first.' },
	code_settings_invalid: {
		status: 422,
		says: 'Codes can be kept for an hour to ten years. Nothing was changed.'
	},
	phone_number_invalid: { status: 422, says: 'This does not look like a phone number.' },
	contact_exists: { status: 409, says: 'This number is in your contacts already. Nothing was changed.' },
	contact_name_too_long: { status: 422, says: 'A name has at most 100 characters. Nothing was changed.' },
	contact_notes_too_long: {
		status: 422,
		says: 'Notes on a person have at most 4,000 characters. Nothing was changed.'
	},
	contact_blocked: { status: 409, says: 'This person is blocked. Your text was not sent; unblock them first.' },
	colleagues_missing: { status: 422, says: 'Pick at least one colleague. Nothing was started.' },
	title_too_long: { status: 422, says: 'A title has at most 100 characters. Nothing was changed.' },

	malformed: { status: 400, says: 'The request does not have the form it should have. Nothing was stored.' },
	signature_invalid: { status: 403, says: 'The signature does not fit this request.' },
	method_not_allowed: { status: 405, says: 'This address does not answer to that method.' },
	body_too_large: { status: 413, says: 'The request is too large. Nothing was stored.' },
	media_type_unsupported: { status: 415, says: 'The request is not in a form that is read here. Nothing was stored.' },
	rate_limited: { status: 429, says: 'That was a lot at once. Try again in a moment.' }
} as const satisfies Readonly<Record<string, { status: number; says: string }>>;

export type Slug = keyof typeof failures;

/** Whether a string names one of our refusals. */
export function isSlug(value: string): value is Slug {
	return Object.hasOwn(failures, value);
}

/** A refusal as an error: thrown by what refuses, answered by the door it reaches. */
export class Failure extends Error {
	override readonly name = 'Failure';
	readonly slug: Slug;
	readonly status: number;
	readonly says: string;
	/** When it is worth asking again, where that is known. */
	readonly retryAt: Date | undefined;

	/** `says` replaces the catalogue's sentence where the one who refuses can say it more exactly. */
	constructor(slug: Slug, says: string = failures[slug].says, options?: ErrorOptions & { retryAt?: Date | undefined }) {
		super(slug, options);
		this.retryAt = options?.retryAt;
		this.slug = slug;
		this.status = failures[slug].status;
		this.says = says;
	}
}
