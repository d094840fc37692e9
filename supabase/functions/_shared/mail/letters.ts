import { roles, type Role } from '../core/capabilities.ts';
import { frame, named } from './frame.ts';
import type { Letter } from './port.ts';

/** What a letter is about, from its job; every field is checked before it is used. */
export type Details = Readonly<Record<string, unknown>>;

export type Surroundings = {
	/** Where the app stands: `https://app.example.com`. */
	appUrl: string;
	/** The reader's time zone. */
	timeZone: string;
};

type Write = (details: Details, surroundings: Surroundings) => Letter;

/** The invitation, whose link only this letter knows. */
export function invitation(
	{ organization_name, inviter_name, role, expires_at }: Details,
	token: string,
	{ appUrl, timeZone }: Surroundings
): Letter {
	const organization = named(text(organization_name));
	const inviter = inviter_name ? named(text(inviter_name)) : 'A colleague';
	return frame({
		subject: `${inviter} invites you to ${organization}`,
		heading: `You are invited to ${organization}`,
		says: [
			`${inviter} would like you to join ${organization} as ${asRole(role)}.`,
			`The link works until ${moment(expires_at, timeZone)}. You can join with an account you have, or make one on the way.`
		],
		button: { label: 'See the invitation', url: `${appUrl}/invitation?${new URLSearchParams({ token })}` },
		aside: 'You do not know who that is? Then leave this be: nothing happens until somebody opens the link and agrees.'
	});
}

/** The notices that SQL sends by private.enqueue_letter, by the name of their template. */
export const notices: Readonly<Record<string, Write>> = {
	/** {organization_name} */
	removed_from_organization: ({ organization_name }) =>
		frame({
			subject: `You are no longer in ${named(text(organization_name))}`,
			heading: `You are no longer in ${named(text(organization_name))}`,
			says: [
				'Your access ended just now. What you wrote stays with the organization; your account and your other organizations are as they were.'
			],
			aside: 'You think that is a mistake? Ask one of its owners to invite you again.'
		}),

	/** {organization_name, actor_name, role} */
	role_changed: ({ organization_name, actor_name, role }) =>
		frame({
			subject: `Your role in ${named(text(organization_name))} has changed`,
			heading: `You are ${asRole(role)} now`,
			says: [`${person(actor_name)} changed your role in ${named(text(organization_name))} to ${text(role)}.`],
			aside: 'Questions about it? Ask them, or another owner of the organization.'
		}),

	/** {organization_name, actor_name, slug} */
	ownership_offered: ({ organization_name, actor_name, slug }, { appUrl }) =>
		frame({
			subject: `${named(text(organization_name))} could be yours`,
			heading: `${named(text(organization_name))} is offered to you`,
			says: [
				`${person(actor_name)} would like to hand the ownership of ${named(text(organization_name))} over to you. You decide: sign in, then accept or decline.`
			],
			button: { label: 'See the offer', url: `${appUrl}/${encodeURIComponent(text(slug))}/settings/members` },
			aside: 'Until you accept, nothing changes.'
		}),

	/** {deletes_at} */
	account_deletion_requested: ({ deletes_at }, { appUrl, timeZone }) =>
		frame({
			subject: 'Your account will be deleted',
			heading: 'Your account will be deleted',
			says: [
				`It happens on ${moment(deletes_at, timeZone)}. Until then you can sign in and change your mind; afterwards nobody can bring it back.`
			],
			button: { label: 'Keep the account', url: `${appUrl}/sign-in` },
			aside: 'It was not you? Sign in, keep the account, and change your password at once.'
		})
};

const articles: Readonly<Record<Role, string>> = {
	owner: 'an owner',
	admin: 'an admin',
	member: 'a member',
	viewer: 'a viewer, who reads but does not write'
};

function asRole(value: unknown): string {
	const role = roles.find((one) => one === value);
	return articles[role ?? missing('role')];
}

function person(name: unknown): string {
	return name ? named(text(name)) : 'An owner';
}

function text(value: unknown): string {
	return typeof value === 'string' && value !== '' ? value : missing('text');
}

/** A moment as its reader's clock has it: "30 November 2026 at 14:05 CET". */
function moment(value: unknown, timeZone: string): string {
	const at = new Date(text(value));
	if (Number.isNaN(at.getTime())) return missing('time');
	return new Intl.DateTimeFormat('en-GB', {
		day: 'numeric',
		month: 'long',
		year: 'numeric',
		hour: '2-digit',
		minute: '2-digit',
		timeZone,
		timeZoneName: 'short'
	}).format(at);
}

/** @throws TypeError: the job does not say what its letter needs. */
function missing(what: string): never {
	throw new TypeError(`the letter lacks a ${what}`);
}
