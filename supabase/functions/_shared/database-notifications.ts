import type { EmailChoice, Told } from './core/notifications.ts';
import type { Ask } from './database-ask.ts';

/** Where a letter goes and how its reader reads a clock. */
export type Reader = {
	address: string;
	time_zone: string;
	/** Ends letters like it; without, they are not for their reader to end. */
	unsubscribe?: string | null;
};

/** A letter whose job says only what it is about: to whom, and what it says. */
export type DueLetter = Reader & { details: Readonly<Record<string, unknown>> };

/** In its person's quiet hours: when those end. */
export type Wait = { wait_until: string };

/** A browser that is told through its push service, and what it is told. */
export type DuePush = { endpoint: string; p256dh: string; auth: string; words: Told };

export type Digest = { userId: string; organizationId: string; cadence: EmailChoice; dueAt: string };

/** The service verbs about what people are told. */
export const notificationVerbs = (ask: Ask) => ({
	/** Where a letter goes that a verb wrote; null for who has no account any more or does not want it. */
	letterReader: (userId: string, template: string, slug: string | null) =>
		ask<Reader | Wait | null>('letter_reader', { user_id: userId, template, slug }),

	/** Of what a letter about a notification is, and to whom; null when none is due (any more). */
	notificationLetter: (notificationId: string) =>
		ask<DueLetter | Wait | null>('notification_letter', { notification_id: notificationId }),

	/** What gathered for an hour or a day; null when nothing is left to tell. */
	takeDigest: ({ userId, organizationId, cadence, dueAt }: Digest) =>
		ask<DueLetter | null>('take_digest', { user_id: userId, organization_id: organizationId, cadence, due_at: dueAt }),

	/** What a device is to be told; null when nothing is (any more). */
	takePush: (notificationId: string, subscriptionId: string, texts: number) =>
		ask<DuePush | Wait | null>('take_push', {
			notification_id: notificationId,
			subscription_id: subscriptionId,
			texts
		}),

	/** Its push service knows a device no more. */
	forgetPush: (subscriptionId: string) => ask<unknown>('forget_push', { subscription_id: subscriptionId }),

	/** Ends the letters that a token out of one of them is for; null for a token that nobody was given. */
	unsubscribe: (token: string) => ask<{ about: string; organization_name: string } | null>('unsubscribe', { token })
});
