import type { Role } from '#core/capabilities.ts';

/** What a role is called where a person reads it. */
export const roleWords: Readonly<Record<Role, string>> = {
	owner: 'Owner',
	admin: 'Admin',
	member: 'Member',
	viewer: 'Viewer'
};

/** What a role may do, in a few words. */
export const roleSays: Readonly<Record<Role, string>> = {
	owner: 'everything, and hands it over',
	admin: 'people, numbers and settings',
	member: 'reads and sends texts',
	viewer: 'only reads'
};
