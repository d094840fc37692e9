import type { Carrier } from '../_shared/carriers/port.ts';
import type { Slug } from '../_shared/core/failures.ts';
import { inspectMedia } from '../_shared/core/media.ts';
import { endingOf, mediaLimits } from '../_shared/core/media-types.ts';
import type { Database, Job } from '../_shared/database.ts';
import type { Objects } from './objects.ts';
import type { Ending } from './send-text.ts';

export type AttachmentParts = { database: Database; objects: Objects; carrier: Carrier };

const isWhole = { width: null, height: null } as const;

/**
 * Looks at the bytes of a file that somebody put up for a text: lets it be sent, or says why not. What is not the picture
 * in a picture is left out of it. Throws StorageTrouble and what `fetch` throws; the queue brings the job back then.
 */
export async function checkAttachment(job: Job, { database, objects }: AttachmentParts): Promise<Ending> {
	const id = String(job.payload.attachment_id);
	const place = await database.attachmentToCheck(id);
	let outcome = 'nothing_to_check';
	if (place && place.url === null) {
		const object = await objects.read(place);
		outcome = object ? await keep(object.bytes, object.type) : await refuse('attachment_missing');
	}
	await database.completeJob(job);
	return { outcome };

	async function keep(bytes: Uint8Array<ArrayBuffer>, declared: string): Promise<string> {
		const found = inspectMedia(bytes);
		if (found.refused !== undefined) return refuse(found.refused);
		// in its own place: until it is ready, it is nobody's to see but the one's who put it there
		if (place && (found.clean || found.type !== declared)) await objects.write(place, found.clean ?? bytes, found.type);
		return (await database.finishAttachmentCheck(id, { ...found, size: (found.clean ?? bytes).length }, null, null))
			.outcome;
	}

	async function refuse(reason: Slug): Promise<string> {
		await database.finishAttachmentCheck(id, null, null, reason);
		return reason;
	}
}

/**
 * Fetches a file that came with a text from the carrier, and keeps it if its bytes are of a kind that is kept. Throws as
 * `checkAttachment` does, and where the carrier did not hand it over.
 */
export async function fetchMedia(job: Job, { database, objects, carrier }: AttachmentParts): Promise<Ending> {
	const id = String(job.payload.attachment_id);
	const place = await database.attachmentToCheck(id);
	let outcome = 'nothing_to_fetch';
	if (place?.url) {
		const media = await carrier.readMedia(place.url, mediaLimits.file);
		outcome =
			'bytes' in media
				? await keep(media.bytes)
				: await refuse(media.refused === 'size' ? 'attachment_too_large' : 'media_address_refused');
	}
	await database.completeJob(job);
	return { outcome };

	async function keep(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
		const found = inspectMedia(bytes);
		if (found.refused !== undefined) return refuse(found.refused);
		const kept = found.clean ?? bytes;
		if (place) await objects.write(place, kept, found.type);
		const { type, width, height } = found;
		const about = { ...isWhole, type, width, height, size: kept.length };
		return (await database.finishAttachmentCheck(id, about, endingOf(type), null)).outcome;
	}

	async function refuse(reason: Slug): Promise<string> {
		await database.finishAttachmentCheck(id, null, null, reason);
		return reason;
	}
}
