import { roles, type Role } from '../core/capabilities.ts';
import { billingNotices } from './billing-letters.ts';
import { missing, moment, text, type Details, type Surroundings, type Write } from './details.ts';
import { frame, named } from './frame.ts';
import { keyNotices } from './key-letters.ts';
import { notificationNotices } from './notification-letters.ts';
import { numberNotices } from './number-letters.ts';
import { operatorNotices } from './operator-letters.ts';
import type { Letter } from './port.ts';
import { renewalNotices } from './renewal-letters.ts';
import { webhookNotices } from './webhook-letters.ts';

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
	...billingNotices,
	...keyNotices,
	...notificationNotices,
	...numberNotices,
	...operatorNotices,
	...renewalNotices,
	...webhookNotices,

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
