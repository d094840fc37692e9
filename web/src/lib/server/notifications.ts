import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import type { Notification } from '#core/notifications.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

export const notificationsPerPage = 50;
/** A count beyond this says so. */
const most = 100;

/** How many the person has not read in an organization; at most 100. */
export async function unreadCount(database: AppDatabase, organizationId: string): Promise<number> {
	const { data, error } = await database
		.from('notifications')
		.select('id')
		.eq('organization_id', organizationId)
		.is('read_at', null)
		.limit(most);
	if (error) throw refusalOf(error);
	return data.length;
}

/** What the person was told in an organization, newest first, from before `before` (an id of the page above) downwards. */
export async function list(
	database: AppDatabase,
	organizationId: string,
	before: string | null
): Promise<{ notifications: Notification[]; more: boolean }> {
	let query = database.from('notifications').select('*').eq('organization_id', organizationId);
	if (z.uuid().safeParse(before).success) query = query.lt('id', before ?? '');
	const { data, error } = await query.order('id', { ascending: false }).limit(notificationsPerPage);
	if (error) throw refusalOf(error);
	return { notifications: data as Notification[], more: data.length === notificationsPerPage };
}

/** One of those the person was told; null for any other. */
export async function find(
	database: AppDatabase,
	organizationId: string,
	notificationId: string
): Promise<Notification | null> {
	if (!z.uuid().safeParse(notificationId).success) return null;
	const { data, error } = await database
		.from('notifications')
		.select('*')
		.eq('organization_id', organizationId)
		.eq('id', notificationId)
		.maybeSingle();
	if (error) throw refusalOf(error);
	return data as Notification | null;
}

/** The person knows of these, or of everything in the organization. */
export async function markRead(
	database: AppDatabase,
	organizationId: string,
	ids: readonly string[] | null
): Promise<void> {
	const { error } = await database.rpc('mark_notifications_read', {
		organization_id: organizationId,
		...(ids && { notification_ids: [...ids] })
	});
	if (error) throw refusalOf(error);
}

/** The same by the way, as somebody looks: while the platform rests these stay unread, and what is looked at is there all the same. */
export async function markSeen(database: AppDatabase, organizationId: string, ids: readonly string[]): Promise<void> {
	try {
		await markRead(database, organizationId, ids);
	} catch (cause) {
		if (!(cause instanceof Failure && cause.slug === 'maintenance')) throw cause;
	}
}

/** The person knows what became of a verification. */
export async function markVerificationRead(
	database: AppDatabase,
	organizationId: string,
	verificationId: string
): Promise<void> {
	await markReadWhere(database, organizationId, 'verification_id', verificationId);
}

/** The person looks at what notices are about: a number, an order, the plan. */
export async function markNoticesRead(database: AppDatabase, organizationId: string, subject: string): Promise<void> {
	await markReadWhere(database, organizationId, 'subject', subject);
}

async function markReadWhere(
	database: AppDatabase,
	organizationId: string,
	column: 'verification_id' | 'subject',
	value: string
): Promise<void> {
	const { data, error } = await database
		.from('notifications')
		.select('id')
		.eq('organization_id', organizationId)
		.eq(column, value)
		.is('read_at', null)
		.limit(20);
	if (error) throw refusalOf(error);
	const ids = data.flatMap(({ id }) => id ?? []);
	if (ids.length > 0) await markSeen(database, organizationId, ids);
}
