/** A role in a sentence: "joins as a member". */
export function asRole(role: 'admin' | 'member' | 'viewer'): string {
	return role === 'admin' ? 'an admin' : role === 'member' ? 'a member' : 'a viewer, who reads and does not write';
}

/** The roles somebody can be invited for, and what each may do, in a line. */
export const invitable = [
	{ role: 'admin', label: 'Admin', says: 'Runs the organization: people, roles, numbers' },
	{ role: 'member', label: 'Member', says: 'Reads and sends texts' },
	{ role: 'viewer', label: 'Viewer', says: 'Reads texts, sends none' }
] as const;
