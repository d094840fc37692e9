/** What a person is in an organization, the most trusted first. */
export const roles = ['owner', 'admin', 'member', 'viewer'] as const;
export type Role = (typeof roles)[number];

const everyone = roles;
const writers = ['owner', 'admin', 'member'] as const;
const managers = ['owner', 'admin'] as const;
const owners = ['owner'] as const;

/**
 * Which roles may do what. The database holds the same table (private.capabilities) and decides; pages ask it what to
 * offer, and docs/roles.md is printed from it. A test compares all three.
 */
export const capabilities = {
	'messages:read': { roles: everyone, says: 'Read texts of the numbers they may see' },
	'members:read': { roles: everyone, says: 'See who belongs to the organization' },
	'numbers:read': { roles: everyone, says: 'See the numbers they may see, and what new ones cost' },
	'messages:send': { roles: writers, says: 'Send texts' },
	'conversations:update': {
		roles: writers,
		says: 'Assign, snooze, label and archive conversations, write internal notes'
	},
	'contacts:update': { roles: writers, says: 'Name, merge, block and import contacts' },
	'templates:update': { roles: writers, says: 'Write and change templates' },
	'verifications:request': { roles: writers, says: 'Ask for codes on the numbers they may see' },
	'organization:update': { roles: managers, says: 'Change name, address, logo and time zone' },
	'members:invite': { roles: managers, says: 'Invite people, send invitations again and revoke them' },
	'members:remove': {
		roles: managers,
		says: 'Remove people below their own role; an owner anybody but the last owner'
	},
	'roles:change': { roles: managers, says: 'Change roles below their own; the owner’s only by a transfer' },
	'numbers:assign': { roles: managers, says: 'Say who may use which number' },
	'audit:read': { roles: managers, says: 'Read and export the audit log' },
	'opt_outs:update': { roles: managers, says: 'Keep the list of those who may not be texted' },
	'verifications:manage': {
		roles: managers,
		says: 'Cancel anybody’s request for a code, say whose a code is and what is one, confirm the allowed use'
	},
	'codes:reveal': { roles: managers, says: 'Have a masked code shown, each time in the audit log' },
	'billing:read': { roles: managers, says: 'See the wallet and every movement of its money' },
	'billing:write': { roles: managers, says: 'Top up the wallet, choose the plan and how it is paid' },
	'numbers:buy': { roles: managers, says: 'Buy numbers, and see what was ordered' },
	'keys:manage': { roles: managers, says: 'Make, rotate and revoke API keys' },
	'webhooks:write': {
		roles: managers,
		says: 'Say which addresses are told of what happens, see what was sent there, send it again'
	},
	'ownership:transfer': { roles: owners, says: 'Hand ownership over' },
	'retention:change': { roles: owners, says: 'Say how long texts are kept' },
	'codes:change': { roles: owners, says: 'Say which roles see every code, and how long codes are kept' },
	'support:allow': { roles: owners, says: 'Let our support read texts for half an hour, by a code' },
	'conversations:delete': { roles: owners, says: 'Delete conversations for good' }
} as const satisfies Readonly<Record<string, { roles: readonly Role[]; says: string }>>;

export type Capability = keyof typeof capabilities;

/** Whether a role has a capability. What is not in the table is nobody's. */
export function can(role: Role, capability: Capability): boolean {
	const allowed: readonly Role[] = capabilities[capability].roles;
	return allowed.includes(role);
}

/** Whether a role may give another one to somebody, or take it: only roles below one's own, and nobody makes owners. */
export function mayAssign(mine: Role, other: Role): boolean {
	return can(mine, 'roles:change') && other !== 'owner' && (mine === 'owner' || other !== 'admin');
}

/** Whether a role may remove somebody of another one: owners anybody, others only those below them. */
export function mayRemove(mine: Role, other: Role): boolean {
	return can(mine, 'members:remove') && (mine === 'owner' || (other !== 'owner' && other !== 'admin'));
}
