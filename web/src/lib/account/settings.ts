import type { Component } from 'svelte';
import Building from '@lucide/svelte/icons/building-2';
import CircleUserRound from '@lucide/svelte/icons/circle-user-round';
import ImageIcon from '@lucide/svelte/icons/image';
import MailPlus from '@lucide/svelte/icons/mail-plus';
import Phone from '@lucide/svelte/icons/phone';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import UserRound from '@lucide/svelte/icons/user-round';
import UsersRound from '@lucide/svelte/icons/users-round';
import type { RouteId } from '$app/types';
import type { Capability } from '#core/capabilities.ts';

type Settings = '/(member)/[slug]/settings';

export type Section = {
	/** A page directly below the settings. */
	route: Exclude<Extract<RouteId, `${Settings}/${string}`>, `${Settings}/${string}/${string}`>;
	label: string;
	icon: Component;
	/** Only for those whose role has it; without, for everybody. */
	capability?: Capability;
};

/** The pages of the settings, in their order: what is the person's own, then what is the organization's. */
export const sections: readonly { label: string; entries: readonly Section[] }[] = [
	{
		label: 'You',
		entries: [
			{ route: '/(member)/[slug]/settings/profile', label: 'Profile', icon: UserRound },
			{ route: '/(member)/[slug]/settings/security', label: 'Security', icon: ShieldCheck },
			{ route: '/(member)/[slug]/settings/account', label: 'Account', icon: CircleUserRound }
		]
	},
	{
		label: 'Organization',
		entries: [
			{ route: '/(member)/[slug]/settings/organization', label: 'General', icon: Building },
			{ route: '/(member)/[slug]/settings/logo', label: 'Logo', icon: ImageIcon, capability: 'organization:update' },
			{ route: '/(member)/[slug]/settings/members', label: 'Members', icon: UsersRound },
			{
				route: '/(member)/[slug]/settings/number-access',
				label: 'Number access',
				icon: Phone,
				capability: 'numbers:assign'
			},
			{
				route: '/(member)/[slug]/settings/invitations',
				label: 'Invitations',
				icon: MailPlus,
				capability: 'members:invite'
			},
			{
				route: '/(member)/[slug]/settings/audit-log',
				label: 'Audit log',
				icon: ScrollText,
				capability: 'audit:read'
			}
		]
	}
];

/** Those of them that a role may open; a group without any is left out. */
export function sectionsFor(capabilities: readonly Capability[]): typeof sections {
	return sections
		.map(({ label, entries }) => ({
			label,
			entries: entries.filter(({ capability }) => !capability || capabilities.includes(capability))
		}))
		.filter(({ entries }) => entries.length > 0);
}
