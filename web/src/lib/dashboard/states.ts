import type { Capability } from '#core/capabilities.ts';

/** How something stands: said in words, with where one looks after it. */
export type State = { name: string; says: string; tone: 'good' | 'watch'; href: string | null };

type Told = { plan: { name: string }; to_register: boolean; seconds_late: number };

/** As long as this a text may wait before anybody is told that texts are late, in seconds. */
const late = 60;

/** The plan, what texting the US asks for, and whether the platform keeps up. `home`: the organization's address. */
export function statesOf(
	{ plan, to_register, seconds_late }: Told,
	capabilities: readonly Capability[],
	home: string
): State[] {
	const minutes = Math.round(seconds_late / 60);
	return [
		{
			name: 'Plan',
			says: plan.name,
			tone: 'good',
			href: capabilities.includes('billing:read') ? `${home}/settings/billing` : null
		},
		{
			name: 'Registration',
			says: to_register ? 'Texting the US and Canada from your numbers needs one' : 'None needed',
			tone: to_register ? 'watch' : 'good',
			href: to_register ? `${home}/numbers` : null
		},
		{
			name: 'Service',
			says:
				seconds_late < late
					? 'Texts leave at once'
					: `Texts leave ${minutes === 1 ? 'a minute' : `${minutes} minutes`} late`,
			tone: seconds_late < late ? 'good' : 'watch',
			href: null
		}
	];
}
