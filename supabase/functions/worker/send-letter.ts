import { createHash, randomBytes } from 'node:crypto';
import { emailChoices } from '../_shared/core/notifications.ts';
import type { Database, Job } from '../_shared/database.ts';
import type { DueLetter, Reader, Wait } from '../_shared/database-notifications.ts';
import type { Surroundings } from '../_shared/mail/details.ts';
import { withWayOut } from '../_shared/mail/frame.ts';
import { invitation, notices } from '../_shared/mail/letters.ts';
import type { Post, Posting } from '../_shared/mail/port.ts';
import { retry, type Ending } from './send-text.ts';
import { waitFor } from './wait-for.ts';

export type LetterParts = {
	database: Database;
	post: Post;
	/** Where the app stands; links lead there. */
	appUrl: string | undefined;
	/** Whom letters say to write to. */
	support?: string | undefined;
	/** Where mail programs end letters, by one POST to the token below it. */
	unsubscribeUrl: string;
	now: () => Date;
	/** From 0 to 1, 1 excluded. */
	chance: () => number;
};

/**
 * Sends the letter of an invitation with a link that it alone knows: 32 bytes of chance, of which the database keeps the
 * SHA-256. Another attempt makes another token and leaves the first one good, since its letter may have arrived.
 */
export async function sendInvitation(job: Job, parts: LetterParts): Promise<Ending> {
	const { database } = parts;
	const letterId = job.payload.letter_id;
	if (typeof letterId !== 'string') return park(job, parts, 'the job names no letter');
	const token = randomBytes(32).toString('base64url');
	const hash = createHash('sha256').update(token).digest('hex');
	const issued = await database.issueInvitationToken(letterId, hash);
	if (!issued) return complete(job, parts, 'nothing_to_send');

	const { address, time_zone: timeZone, details } = issued;
	const written = write(() => invitation(details, token, surroundings(parts, timeZone)));
	if ('lacks' in written) return park(job, parts, written.lacks);
	const posted = await parts.post.send({ to: address, letter: written.letter, id: job.id });
	if (posted.outcome === 'not_taken') return retry(job, parts, posted.error, null);
	await database.recordInvitationLetter(letterId, posted.outcome);
	return complete(job, parts, posted.outcome === 'taken' ? 'sent' : 'refused');
}

/**
 * Sends a notice: to a person, at the address they have now, or to an address. One about notifications leaves only while
 * they are unread and its person may still see them, with what is true then.
 */
export async function sendLetter(job: Job, parts: LetterParts): Promise<Ending> {
	const { template, details } = job.payload;
	const notice = typeof template === 'string' && Object.hasOwn(notices, template) ? notices[template] : undefined;
	if (!notice) return park(job, parts, `there is no template ${String(template)}`);

	const reader = await readerOf(job, String(template), parts.database);
	if (reader && 'wait_until' in reader) return waitFor(reader, job, parts);
	if (!reader) return complete(job, parts, 'nobody_to_send_to');
	const about = 'details' in reader ? reader.details : details;
	return deliver(job, parts, reader, (where) => notice(isRecord(about) ? about : {}, where));
}

/** Sends what gathered for somebody in an hour or a day. */
export async function sendDigest(job: Job, parts: LetterParts): Promise<Ending> {
	const { user_id: userId, organization_id: organizationId, due_at: dueAt } = job.payload;
	const cadence = emailChoices.find((choice) => choice === job.payload.cadence);
	const { digest } = notices;
	if (
		typeof userId !== 'string' ||
		typeof organizationId !== 'string' ||
		typeof dueAt !== 'string' ||
		!cadence ||
		!digest
	)
		return park(job, parts, 'the job names no reader');
	const due = await parts.database.takeDigest({ userId, organizationId, cadence, dueAt });
	if (!due) return complete(job, parts, 'nothing_to_send');
	return deliver(job, parts, due, (where) => digest(due.details, where));
}

async function deliver(
	job: Job,
	parts: LetterParts,
	{ address, time_zone: timeZone, unsubscribe }: Reader,
	compose: (where: Surroundings) => Posting['letter']
): Promise<Ending> {
	const where = surroundings(parts, timeZone);
	const written = write(() => compose(where));
	if ('lacks' in written) return park(job, parts, written.lacks);
	const { letter } = written;
	const posted = await parts.post.send({
		to: address,
		id: job.id,
		...(unsubscribe
			? {
					letter: withWayOut(letter, `${where.appUrl}/unsubscribe?${new URLSearchParams({ token: unsubscribe })}`),
					unsubscribe: `${parts.unsubscribeUrl}/${unsubscribe}`
				}
			: { letter })
	});
	if (posted.outcome === 'not_taken') return retry(job, parts, posted.error, null);
	return posted.outcome === 'taken' ? complete(job, parts, 'sent') : park(job, parts, posted.error);
}

async function readerOf(
	{ payload }: Job,
	template: string,
	database: Database
): Promise<Reader | DueLetter | Wait | null> {
	const { notification_id: notificationId, user_id: userId, address, details } = payload;
	if (typeof notificationId === 'string') return database.notificationLetter(notificationId);
	const slug = isRecord(details) && typeof details.slug === 'string' ? details.slug : null;
	if (typeof userId === 'string') return database.letterReader(userId, template, slug);
	return typeof address === 'string' ? { address, time_zone: 'UTC' } : null;
}

/** A letter, or what its job forgot to say: no later attempt would know more. */
function write(compose: () => Posting['letter']): { letter: Posting['letter'] } | { lacks: string } {
	try {
		return { letter: compose() };
	} catch (error) {
		if (error instanceof TypeError) return { lacks: error.message };
		throw error;
	}
}

function surroundings({ appUrl, support }: LetterParts, timeZone: string): Surroundings {
	if (!appUrl) throw new Error('APP_URL is not set');
	return { appUrl: appUrl.replace(/\/$/, ''), timeZone, support };
}

async function complete(job: Job, { database }: LetterParts, outcome: string): Promise<Ending> {
	await database.completeJob(job);
	return { outcome };
}

async function park(job: Job, { database }: LetterParts, error: string): Promise<Ending> {
	await database.failJob(job, error, null);
	return { outcome: 'parked', error };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
