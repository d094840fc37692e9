import * as z from 'zod';
import { roles } from '#core/capabilities.ts';
import type { Role } from '#core/capabilities.ts';
import { Failure } from '#core/failures.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

const Member = z.object({
	user_id: z.string(),
	role: z.enum(roles),
	username: z.string(),
	full_name: z.string().nullable(),
	avatar_path: z.string().nullable(),
	joined_at: z.string()
});
export type Member = z.infer<typeof Member>;

const LeftBehind = z.object({
	/** how many conversations */
	assigned: z.number(),
	/** how many answers they have begun and not sent */
	drafts: z.number(),
	numbers: z.array(z.object({ id: z.string(), e164: z.string(), label: z.string() })),
	team_conversations: z.array(z.object({ id: z.string(), with: z.array(z.string()) }))
});
/** What goes with somebody who is removed. */
export type LeftBehind = z.infer<typeof LeftBehind>;

const Offer = z.object({
	offered_by: z.string(),
	offered_by_username: z.string(),
	offered_by_name: z.string().nullable(),
	offered_to: z.string(),
	offered_to_username: z.string(),
	offered_to_name: z.string().nullable()
});
export type Offer = z.infer<typeof Offer>;

export const RoleChange = z.object({ role: z.enum(roles, 'Choose one of the roles.') });
export const Removal = z.object({ hand_over_to: z.union([z.literal(''), z.uuid('Choose somebody of the list.')]) });
export const Person = z.object({ user_id: z.uuid('Choose somebody of the list.') });

/** Everybody in the organization, the most trusted first. */
export async function list(database: AppDatabase, organizationId: string): Promise<Member[]> {
	const { data, error } = await database
		.from('members')
		.select('user_id, role, username, full_name, avatar_path, joined_at')
		.eq('organization_id', organizationId)
		.order('role')
		.order('username')
		.limit(1000);
	if (error) throw refusalOf(error);
	return z.array(Member).parse(data);
}

/** One of them. Throws `not_found`. */
export async function find(database: AppDatabase, organizationId: string, userId: string): Promise<Member> {
	const member = (await list(database, organizationId)).find(({ user_id }) => user_id === userId);
	if (!member) throw new Failure('not_found');
	return member;
}

/** What somebody alone can see here. For those who may remove them. */
export async function leftBehind(database: AppDatabase, organizationId: string, userId: string): Promise<LeftBehind> {
	const { data, error } = await database.rpc('left_behind', { organization_id: organizationId, user_id: userId });
	if (error) throw refusalOf(error);
	return LeftBehind.parse(data);
}

/** Throws `not_allowed`, `own_role`, `member_gone`, `fresh_session_required`. */
export async function changeRole(
	database: AppDatabase,
	organizationId: string,
	userId: string,
	role: Role
): Promise<void> {
	const { error } = await database.rpc('change_role', { organization_id: organizationId, user_id: userId, role });
	if (error) throw refusalOf(error);
}

/** Throws `not_allowed`, `own_membership`, `member_gone`, `last_owner`, `personal_organization`. */
export async function remove(
	database: AppDatabase,
	organizationId: string,
	userId: string,
	handOverTo: string | null
): Promise<void> {
	const { error } = await database.rpc('remove_member', {
		organization_id: organizationId,
		user_id: userId,
		...(handOverTo && { hand_over_to: handOverTo })
	});
	if (error) throw refusalOf(error);
}

/** Throws `last_owner`, `personal_organization`. */
export async function leave(database: AppDatabase, organizationId: string): Promise<void> {
	const { error } = await database.rpc('leave_organization', { organization_id: organizationId });
	if (error) throw refusalOf(error);
}

/** The open offer of ownership that the person made or got here. */
export async function offer(database: AppDatabase, organizationId: string): Promise<Offer | null> {
	const { data, error } = await database
		.from('ownership_offers')
		.select('offered_by, offered_by_username, offered_by_name, offered_to, offered_to_username, offered_to_name')
		.eq('organization_id', organizationId)
		.maybeSingle();
	if (error) throw refusalOf(error);
	return data && Offer.parse(data);
}

/** Throws `not_allowed`, `member_gone`, `already_owner`, `personal_organization`, `fresh_session_required`. */
export async function offerOwnership(database: AppDatabase, organizationId: string, userId: string): Promise<void> {
	const { error } = await database.rpc('offer_ownership', { organization_id: organizationId, user_id: userId });
	if (error) throw refusalOf(error);
}

/** What is done with an offer that stands. Throws `offer_gone`, and `fresh_session_required` where it is accepted. */
export async function answerOffer(
	database: AppDatabase,
	organizationId: string,
	verb: 'accept_ownership' | 'decline_ownership' | 'withdraw_ownership'
): Promise<void> {
	const { error } = await database.rpc(verb, { organization_id: organizationId });
	if (error) throw refusalOf(error);
}
