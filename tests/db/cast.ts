/** Everybody who looks at the small world, and what follows from their part for what they may see. */
import type { TransactionSql } from 'postgres';
import type { Person, Role } from '../support/people.ts';

/** Somebody who looks, and what the rules let them see. */
export type Persona = {
	name: string;
	role: 'anon' | 'authenticated';
	claims: Record<string, unknown> | null;
	userId: string | null;
	part: Part;
	organizations: string[];
	/** those of them that they run, as owner or admin */
	manages: string[];
	numbers: string[];
	teams: string[];
	/** ids and texts that must never be in an answer to them */
	secrets: string[];
};

/** Three organizations: the one that has everything, another one, and one that the platform suspended. */
export type Place = 'ours' | 'elsewhere' | 'held';

export type Part = {
	name: string;
	place?: Place;
	/** what they are there, or were */
	role?: Role;
	/** named by a grant of the restricted number */
	granted?: true;
	/** takes part in the team's own conversation, and has read it */
	inTeam?: true;
	/** ownership is offered to them */
	offered?: true;
	fate?: Fate;
};

export type Fate = keyof typeof fates;

/** What happens to somebody before anybody looks, and how much of their sight it leaves: that of a guest is their own home. */
export const fates = {
	'was invited': {
		leaves: 'home',
		happens: (tx: TransactionSql, { email }: Person, organizationId: string) => tx`
			insert into public.invitations (organization_id, email, role) values (${organizationId}, ${email}, 'admin')`
	},
	'was removed': {
		leaves: 'home',
		happens: (tx: TransactionSql, { userId }: Person, organizationId: string) => tx`
			delete from public.memberships where organization_id = ${organizationId} and user_id = ${userId}`
	},
	'was suspended': {
		leaves: 'nothing',
		happens: (tx: TransactionSql, { userId }: Person) => tx`
			update public.profiles set suspended_at = now() where id = ${userId}`
	},
	'signed out': {
		leaves: 'nothing',
		happens: (tx: TransactionSql, { sessionId }: Person) => tx`delete from auth.sessions where id = ${sessionId}`
	},
	'signed in 30 days ago': {
		leaves: 'nothing',
		happens: (tx: TransactionSql, { sessionId }: Person) => tx`
			update auth.sessions set created_at = now() - interval '30 days 1 second', refreshed_at = now() at time zone 'utc'
			where id = ${sessionId}`
	},
	'was away for 7 days': {
		leaves: 'nothing',
		happens: (tx: TransactionSql, { sessionId }: Person) => tx`
			update auth.sessions set created_at = now() - interval '8 days', updated_at = now() - interval '8 days',
				refreshed_at = (now() - interval '7 days 1 second') at time zone 'utc'
			where id = ${sessionId}`
	},
	'was given until now': {
		leaves: 'nothing',
		happens: (tx: TransactionSql, { sessionId }: Person) => tx`
			update auth.sessions set not_after = now() - interval '1 second' where id = ${sessionId}`
	}
} as const;

const insider = { place: 'ours', role: 'member', granted: true, inTeam: true } as const;

/** One person each. Add a line, and every check of the matrix covers it. */
export const cast: readonly Part[] = [
	{ name: 'the owner', place: 'ours', role: 'owner', inTeam: true },
	{ name: 'an admin', place: 'ours', role: 'admin', offered: true },
	{ name: 'a member with the grant', ...insider },
	{ name: 'a member without the grant', place: 'ours', role: 'member' },
	{ name: 'a viewer with the grant', place: 'ours', role: 'viewer', granted: true },
	{ name: 'a viewer without the grant', place: 'ours', role: 'viewer' },
	{ name: 'a member of another organization', place: 'elsewhere', role: 'owner' },
	{ name: 'an invited person', place: 'ours', fate: 'was invited' },
	{ name: 'a removed member', ...insider, fate: 'was removed' },
	{ name: 'a removed admin', place: 'ours', role: 'admin', fate: 'was removed' },
	{ name: 'a suspended member', ...insider, fate: 'was suspended' },
	{ name: 'a suspended admin', place: 'ours', role: 'admin', inTeam: true, fate: 'was suspended' },
	{ name: 'the owner of a suspended organization', place: 'held', role: 'owner' },
	{ name: 'a member of a suspended organization', place: 'held', role: 'member' },
	{ name: 'a signed-out session', ...insider, fate: 'signed out' },
	{ name: "an admin's signed-out session", place: 'ours', role: 'admin', fate: 'signed out' },
	{ name: 'a session past its 30 days', ...insider, fate: 'signed in 30 days ago' },
	{ name: 'a session idle for 7 days', ...insider, fate: 'was away for 7 days' },
	{ name: 'a session past its own end', ...insider, fate: 'was given until now' }
];

/** Whether they look with a session that is one, and are not suspended. */
export const isHere = ({ fate }: Part) => fate === undefined || fates[fate].leaves === 'home';

/** Whether they belong, right now, to the organization of their part, and that one is not suspended. */
export const belongs = ({ place, role, fate }: Part) => role !== undefined && place !== 'held' && fate === undefined;
