import type { RouteId } from '$app/types';
import type { Capability } from '#core/capabilities.ts';

type Settings = '/(member)/[slug]/settings';

export type Section = {
	/** A page directly below the settings. */
	route: Exclude<Extract<RouteId, `${Settings}/${string}`>, `${Settings}/${string}/${string}`>;
	label: string;
	/** Only for those whose role has it; without, for everybody. */
	capability?: Capability;
};

/** The pages of the settings, in their order: what is the person's own, then what is the organization's. */
export const sections: readonly { label: string; entries: readonly Section[] }[] = [
	{
		label: 'You',
		entries: [
			{ route: '/(member)/[slug]/settings/profile', label: 'Profile' },
			{ route: '/(member)/[slug]/settings/notifications', label: 'Notifications' },
			{ route: '/(member)/[slug]/settings/security', label: 'Security' },
			{ route: '/(member)/[slug]/settings/account', label: 'Account' }
		]
	},
	{
		label: 'Organization',
		entries: [
			{ route: '/(member)/[slug]/settings/organization', label: 'General' },
			{ route: '/(member)/[slug]/settings/logo', label: 'Logo', capability: 'organization:update' },
			{ route: '/(member)/[slug]/settings/members', label: 'Members' },
			{
				route: '/(member)/[slug]/settings/number-access',
				label: 'Number access',
				capability: 'numbers:assign'
			},
			{ route: '/(member)/[slug]/settings/inbox', label: 'Inbox' },
			{ route: '/(member)/[slug]/settings/templates', label: 'Templates' },
			{
				route: '/(member)/[slug]/settings/opt-outs',
				label: 'Opt-outs',
				capability: 'opt_outs:update'
			},
			{ route: '/(member)/[slug]/settings/codes', label: 'Codes' },
			{ route: '/(member)/[slug]/settings/retention', label: 'Retention' },
			{
				route: '/(member)/[slug]/settings/invitations',
				label: 'Invitations',
				capability: 'members:invite'
			},
			{ route: '/(member)/[slug]/settings/usage', label: 'Usage' },
			{ route: '/(member)/[slug]/settings/billing', label: 'Plan and wallet', capability: 'billing:read' },
			{ route: '/(member)/[slug]/settings/statement', label: 'Statement', capability: 'billing:read' },
			{ route: '/(member)/[slug]/settings/api-keys', label: 'API keys', capability: 'keys:manage' },
			{ route: '/(member)/[slug]/settings/api-usage', label: 'API usage', capability: 'keys:manage' },
			{ route: '/(member)/[slug]/settings/webhooks', label: 'Webhooks', capability: 'webhooks:write' },
			{
				route: '/(member)/[slug]/settings/audit-log',
				label: 'Audit log',
				capability: 'audit:read'
			}
		]
	}
];

/** A group of pages as their list shows it; `name` is the last part of the address and the name of its sign. */
export type Listed = { label: string; entries: { name: string; label: string }[] };

/** What a role may open; a group without any is left out. */
export function listedFor(capabilities: readonly Capability[]): Listed[] {
	return sections
		.map(({ label, entries }) => ({
			label,
			entries: entries
				.filter(({ capability }) => !capability || capabilities.includes(capability))
				.map(({ route, label }) => ({ name: route.slice(route.lastIndexOf('/') + 1), label }))
		}))
		.filter(({ entries }) => entries.length > 0);
}
