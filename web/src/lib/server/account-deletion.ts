import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

/** An organization that has to be handed over, or left by its guests, before its owner's account can go. */
export type SoleOwnership = { id: string; slug: string; name: string; personal: boolean; others: number };

/** What keeps a person from deleting their account. Throws `session_ended`, `unavailable`. */
export async function obstacles(database: AppDatabase): Promise<SoleOwnership[]> {
	const { data, error } = await database.rpc('my_sole_ownerships');
	if (error) throw refusalOf(error);
	return data.map(({ organization_id, slug, name, is_personal, others }) => ({
		id: organization_id,
		slug,
		name,
		personal: is_personal,
		others
	}));
}

/** Has the account deleted in fourteen days. Throws `fresh_session_required`, `sole_owner`, `session_ended`, `unavailable`. */
export async function request(database: AppDatabase): Promise<void> {
	const { error } = await database.rpc('request_account_deletion');
	if (error) throw refusalOf(error);
}

/** Keeps it after all. */
export async function cancel(database: AppDatabase): Promise<void> {
	const { error } = await database.rpc('cancel_account_deletion');
	if (error) throw refusalOf(error);
}
