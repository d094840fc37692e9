import * as z from 'zod';
import type { ScheduledText } from '#core/composing.ts';
import { FileIds } from './conversations.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

/** A text for later, as its form is sent. The moment comes with its offset from UTC. */
export const Plan = z.object({
	body: z.string().transform((text) => text.replace(/\r\n?/g, '\n').trim()),
	send_at: z.iso.datetime({ offset: true }),
	time_zone: z.string().max(64),
	cancel_on_reply: z.stringbool(),
	/** All its files; left out, a changed text keeps those it has. */
	attachment_ids: FileIds.optional(),
	idempotency_key: z.string().min(8).max(200)
});

/** A changed one. */
export const Change = Plan.omit({ idempotency_key: true }).extend({ scheduled_id: z.uuid() });

/** Throws what sending throws, `send_at_invalid` and `time_zone_invalid`. */
export async function schedule(
	database: AppDatabase,
	conversationId: string,
	plan: z.infer<typeof Plan>
): Promise<ScheduledText> {
	const { data, error } = await database.rpc('schedule_message', { ...plan, conversation_id: conversationId });
	if (error) throw refusalOf(error);
	return data as ScheduledText;
}

/** Throws what `schedule` throws, and `schedule_over`. */
export async function update(database: AppDatabase, change: z.infer<typeof Change>): Promise<ScheduledText> {
	const { data, error } = await database.rpc('update_scheduled_message', change);
	if (error) throw refusalOf(error);
	return data as ScheduledText;
}

/** Has a text not be sent, or puts a refused one away. Throws `schedule_over`, `not_found`, `not_allowed`. */
export async function cancel(database: AppDatabase, scheduledId: string): Promise<void> {
	const { error } = await database.rpc('cancel_scheduled_message', { scheduled_id: scheduledId });
	if (error) throw refusalOf(error);
}

/** What the organization has coming up, soonest first, and what was refused lately. */
export async function list(database: AppDatabase, organizationId: string): Promise<ScheduledText[]> {
	const { data, error } = await database
		.from('scheduled_messages')
		.select('*')
		.eq('organization_id', organizationId)
		.in('status', ['scheduled', 'refused'])
		.order('send_at')
		.limit(200);
	if (error) throw refusalOf(error);
	return data as ScheduledText[];
}
