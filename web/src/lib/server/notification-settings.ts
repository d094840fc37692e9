import * as z from 'zod';
import {
	channels,
	emailChoices,
	emailChoicesOf,
	notificationDefaults,
	notificationEvents,
	type Channel,
	type Choice,
	type NotificationSettings
} from '#core/notifications.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';
import { service } from './service.ts';

const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d(:\d\d)?$/, 'Write a time as 22:00.');
const noTime = z.literal('').transform(() => null);

/** Both ends of the quiet hours, or neither. */
export const Hours = z
	.object({
		quiet_from: z.union([noTime, time], 'Write a time as 22:00.'),
		quiet_until: z.union([noTime, time], 'Write a time as 07:00.'),
		mentions_break_through: z.string().optional(),
		digest_at: time
	})
	.refine(({ quiet_from: from, quiet_until: until }) => (from === null) === (until === null), {
		path: ['quiet_until'],
		message: 'Say when they begin and when they end, or leave both empty.'
	})
	.refine(({ quiet_from: from, quiet_until: until }) => from === null || from !== until, {
		path: ['quiet_until'],
		message: 'They would never end: choose another time.'
	});

export const Trial = z.object({ channel: z.enum(channels) });
export const Device = z.object({ endpoint: z.url().max(1000), p256dh: z.string(), auth: z.string() });

/** How the person is told of what happens in an organization. */
export async function find(database: AppDatabase, organizationId: string): Promise<NotificationSettings> {
	const { data, error } = await database.rpc('notification_settings', { organization_id: organizationId });
	if (error) throw refusalOf(error);
	return data as unknown as NotificationSettings;
}

/** What a form chose, of what can be chosen there: `mention.bell`, `mention.email` and so on. */
export function choicesOf(fields: Readonly<Record<string, string>>, phoneNumberId: string | null): Choice[] {
	const here = notificationDefaults.filter(({ per_number }) => phoneNumberId === null || per_number);
	return notificationEvents
		.filter((event) => here.some((one) => one.event === event))
		.map((event) => {
			const email = emailChoices.find((choice) => choice === fields[`${event}.email`]) ?? 'off';
			return {
				event,
				bell: fields[`${event}.bell`] === 'on',
				push: fields[`${event}.push`] === 'on',
				email: emailChoicesOf(event).includes(email) ? email : 'off'
			};
		});
}

/** In place of what was chosen before; nothing: as everywhere, or as at first. */
export async function choose(
	database: AppDatabase,
	organizationId: string,
	phoneNumberId: string | null,
	choices: readonly Choice[]
): Promise<void> {
	const { error } = await database.rpc('choose_notifications', {
		organization_id: organizationId,
		choices: [...choices],
		...(phoneNumberId !== null && { phone_number_id: phoneNumberId })
	});
	if (error) throw refusalOf(error);
}

export async function setHours(database: AppDatabase, hours: z.infer<typeof Hours>): Promise<void> {
	const { quiet_from: from, quiet_until: until, mentions_break_through: mentions, digest_at } = hours;
	const { error } = await database.rpc('set_notification_hours', {
		...(from !== null && until !== null && { quiet_from: from, quiet_until: until }),
		mentions_break_through: mentions === 'on',
		digest_at
	});
	if (error) throw refusalOf(error);
}

/** Has a channel say that it works. Throws `rate_limited`. */
export async function tryOut(database: AppDatabase, organizationId: string, channel: Channel): Promise<void> {
	const { error } = await database.rpc('try_notification', { organization_id: organizationId, channel });
	if (error) throw refusalOf(error);
}

/** This browser is told by its push service, until the session ends. */
export async function subscribe(database: AppDatabase, device: z.infer<typeof Device>): Promise<void> {
	const { error } = await database.rpc('subscribe_push', device);
	if (error) throw refusalOf(error);
}

export async function unsubscribe(database: AppDatabase, endpoint: string): Promise<void> {
	const { error } = await database.rpc('unsubscribe_push', { endpoint });
	if (error) throw refusalOf(error);
}

const Ended = z.object({ about: z.string(), organization_name: z.string() }).nullable();

/** Which letters a link out of one of them is about; null where it opens nothing (any more). */
export async function lettersOf(token: string): Promise<z.infer<typeof Ended>> {
	const { data, error } = await service().rpc('unsubscribe_preview', { token });
	if (error) throw refusalOf(error);
	return Ended.parse(data);
}

/** Ends them. */
export async function endLetters(token: string): Promise<z.infer<typeof Ended>> {
	const { data, error } = await service().rpc('unsubscribe', { token });
	if (error) throw refusalOf(error);
	return Ended.parse(data);
}
