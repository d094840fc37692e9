import { inspectPicture } from '../_shared/core/pictures.ts';
import type { Database, Job } from '../_shared/database.ts';
import type { Objects } from './objects.ts';
import type { Ending } from './send-text.ts';

export type UploadParts = { database: Database; objects: Objects };

/**
 * Looks at the bytes of a picture somebody put up, and lets others see it or says why not. What is not picture in it is
 * left out of a copy, which takes its place: metadata say where and by whom a picture was taken. Throws StorageTrouble and
 * what `fetch` throws; the queue brings the job back then.
 */
export async function checkUpload(job: Job, parts: UploadParts): Promise<Ending> {
	const outcome = await check(String(job.payload.upload_id), parts);
	await parts.database.completeJob(job);
	return { outcome };
}

async function check(uploadId: string, { database, objects }: UploadParts): Promise<string> {
	const place = await database.uploadToCheck(uploadId);
	if (!place) return 'nothing_to_check';
	const object = await objects.read(place);
	const seen = object ? inspectPicture(object.bytes, object.type) : ({ refused: 'picture_missing' } as const);
	if (!object || seen.refused !== undefined) {
		const reason = seen.refused ?? 'picture_missing';
		await database.finishUpload(uploadId, null, reason);
		return reason;
	}
	if (!seen.changed) return (await database.finishUpload(uploadId, place.path, null)).outcome;
	// the same name at every attempt, so that one that was cut off leaves nothing behind
	const path = `${place.path.split('/')[0]}/${uploadId}`;
	await objects.write({ ...place, path }, seen.picture.clean, seen.type);
	const { outcome } = await database.finishUpload(uploadId, path, null);
	return `${outcome}_cleaned`;
}

/** Removes a file that nobody shows any more. Throws as `checkUpload` does. */
export async function removeObject(job: Job, { database, objects }: UploadParts): Promise<Ending> {
	const { bucket_id, path } = job.payload;
	await objects.remove({ bucket_id: String(bucket_id), path: String(path) });
	await database.completeJob(job);
	return { outcome: 'removed' };
}
