import type { Cookies } from '@sveltejs/kit';
import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';
import { service } from './service.ts';

const roles = ['admin', 'member', 'viewer'] as const;

const Preview = z.object({
	organization_name: z.string(),
	inviter_name: z.string().nullable(),
	role: z.enum(roles),
	/** The address that was invited. */
	email: z.string(),
	expires_at: z.string(),
	state: z.enum(['open', 'expired', 'replaced', 'revoked', 'accepted']),
	/** The organization's, for somebody who belongs there already. */
	slug: z.string().nullable()
});
export type Preview = z.infer<typeof Preview>;

/** An invitation that waits for an answer, as those who may invite see it. */
export type OpenInvitation = {
	id: string;
	email: string;
	role: 'owner' | 'admin' | 'member' | 'viewer';
	inviter_name: string | null;
	sent_at: string;
	/** When the mail server took the letter, or refused it for good. */
	mailed_at: string | null;
	refused_at: string | null;
	expires_at: string;
};

/** At once: as many as an organization may send in an hour. */
export const mostAtOnce = 20;

/** Addresses as people paste them: one or many, with commas, lines or spaces between them, also as `Name <address>`. */
const Addresses = z
	.string()
	.transform((typed) => {
		const named = [...typed.matchAll(/<([^<>\s]+@[^<>\s]+)>/g)].map(([, address = '']) => address);
		const bare = typed.replace(/(?:"[^"]*"|[^,;<>\n]*)<[^<>]*>/g, ' ').split(/[\s,;]+/);
		return [...new Set([...named, ...bare].filter(Boolean).map((address) => address.toLowerCase()))];
	})
	.refine((addresses) => addresses.length > 0, 'Type the address of whom you would like to invite.')
	.refine((addresses) => addresses.length <= mostAtOnce, `Invite at most ${mostAtOnce} people at once.`);

/** The form of whoever invites. */
export const Inviting = z.object({ emails: Addresses, role: z.enum(roles, 'Choose a role.') });

/** What became of an address. */
export type Refusal = { email: string; says: string };

/**
 * Invites each address. Those that were refused come back, each with its reason; whatever would refuse all of them alike
 * (no rights, a suspended organization, no database) is thrown.
 */
export async function invite(
	database: AppDatabase,
	organizationId: string,
	{ emails, role }: z.infer<typeof Inviting>
): Promise<{ sent: string[]; refused: Refusal[] }> {
	const sent: string[] = [];
	const refused: Refusal[] = [];
	for (const email of emails) {
		const { error } = await database.rpc('invite', { organization_id: organizationId, email, role });
		if (!error) {
			sent.push(email);
			continue;
		}
		const refusal = refusalOf(error);
		// what is wrong with one address says nothing of the others; what is wrong with all of them is said once
		if (![409, 422, 429].includes(refusal.status) && sent.length === 0) throw refusal;
		refused.push({ email, says: refusal.says });
	}
	return { sent, refused };
}

/** The open invitations of an organization, the newest first. Empty for those who may not invite. */
export async function listOpen(database: AppDatabase, organizationId: string): Promise<OpenInvitation[]> {
	const { data, error } = await database
		.from('invitations')
		.select('id, email, role, inviter_name, sent_at, mailed_at, refused_at, expires_at')
		.eq('organization_id', organizationId)
		.order('created_at', { ascending: false })
		.limit(200);
	if (error) throw refusalOf(error);
	return data;
}

/** Sends an invitation again. Throws `invitation_closed`, `too_many_invitations`, `not_allowed` … */
export async function resend(database: AppDatabase, id: string): Promise<void> {
	const { error } = await database.rpc('resend_invitation', { invitation_id: idOf(id) });
	if (error) throw refusalOf(error);
}

/** Takes an invitation back. Throws `invitation_closed` for one that was accepted meanwhile. */
export async function revoke(database: AppDatabase, id: string): Promise<void> {
	const { error } = await database.rpc('revoke_invitation', { invitation_id: idOf(id) });
	if (error) throw refusalOf(error);
}

/** What a link is about; nothing where there is none, or nobody made it. Anyone who has it may ask. */
export async function preview(database: AppDatabase, token: string | undefined): Promise<Preview | undefined> {
	if (!token) return undefined;
	const { data, error } = await database.rpc('invitation_preview', { token });
	if (error) throw refusalOf(error);
	return data === null ? undefined : Preview.parse(data);
}

/** The invitation by which whoever is signed in made their account, on whatever device: it is theirs until they accept it. */
export async function kept(database: AppDatabase): Promise<Preview | undefined> {
	const { data, error } = await database.rpc('invitation_preview', {});
	if (error) throw refusalOf(error);
	return data === null ? undefined : Preview.parse(data);
}

/**
 * Before an address signs up: keeps for it the invitation that this browser carries, since a letter is often opened on
 * another device. Throws `unavailable`.
 */
export async function keep(email: string, cookies: Cookies): Promise<void> {
	const token = carried(cookies);
	if (!token) return;
	const { error } = await service().rpc('keep_invitation', { email, token });
	if (error) throw refusalOf(error);
}

/**
 * Joins as whoever is signed in, by a link's token or by the invitation that was kept for them; answers the organization's
 * slug. Throws `session_ended`, `invitation_closed`, `not_found` …
 */
export async function accept(database: AppDatabase, token: string | undefined): Promise<string> {
	const { data, error } = await database.rpc('accept_invitation', token === undefined ? {} : { token });
	if (error) throw refusalOf(error);
	return z.object({ slug: z.string() }).parse(data).slug;
}

/** Joins by the link that this browser carries. Answers where to go: into the organization, or to what became of the link. */
export async function join(database: AppDatabase, cookies: Cookies): Promise<string> {
	try {
		const slug = await accept(database, carried(cookies) ?? '');
		drop(cookies);
		return `/${slug}/inbox`;
	} catch (cause) {
		if (cause instanceof Failure) return '/invitation';
		throw cause;
	}
}

const cookie = 'invitation';
const options = { path: '/', httpOnly: true, sameSite: 'lax' } as const;

/**
 * Keeps a link's token for a day, out of addresses and out of scripts' reach, while its reader signs in or makes an account.
 * Answers false for what cannot be one.
 */
export function carry(cookies: Cookies, token: string, secure: boolean): boolean {
	if (!/^[\w-]{43}$/.test(token)) return false;
	cookies.set(cookie, token, { ...options, secure, maxAge: 24 * 60 * 60 });
	return true;
}

/** The token that this browser carries. */
export function carried(cookies: Cookies): string | undefined {
	return cookies.get(cookie);
}

export function drop(cookies: Cookies): void {
	cookies.delete(cookie, { ...options, secure: false });
}

/** The open invitation that this browser carries, if it does. For pages on the way to it. */
export async function waiting(database: AppDatabase, cookies: Cookies): Promise<Preview | undefined> {
	const found = await preview(database, carried(cookies));
	return found?.state === 'open' ? found : undefined;
}

function idOf(id: string): string {
	if (!z.uuid().safeParse(id).success) throw new Failure('not_found');
	return id;
}
