import { exportWriters } from '../_shared/core/export-files.ts';
import { exportTypes, rowsPerPart } from '../_shared/core/verification-export.ts';
import type { Database, ExportPart, ExportStep, Job } from '../_shared/database.ts';
import type { Objects } from './objects.ts';
import type { Ending } from './send-text.ts';

/** Rows asked of the database at once; what whoever asked for them may see is looked up anew for each. */
const rowsPerPage = 2000;

export type ExportParts = {
	database: Pick<Database, 'verificationExportPage' | 'keepVerificationExportPart' | 'completeJob'>;
	objects: Pick<Objects, 'write' | 'remove'>;
	/** Of a part and of a page. */
	sizes?: { part: number; page: number };
};

/**
 * Writes the next part of an export to Storage. What was written counts only once the database has kept it, together with
 * where the next part begins. Each attempt writes a file of its own, so that one that was cut off or comes late is never
 * taken for another's, and removes those of the attempts before. Throws StorageTrouble and what the database raises; the
 * queue brings the job back then.
 */
export async function exportVerifications(job: Job, parts: ExportParts): Promise<Ending> {
	const { export_id: exportId, part, path } = job.payload as { export_id: string; part: number; path: string };
	const fileOf = (attempt: number) => `${path}-${attempt}`;
	const { outcome, path: kept } = await write({ exportId, part }, fileOf(job.attempts), parts);
	for (let attempt = 1; attempt <= job.attempts; attempt++) {
		if (fileOf(attempt) !== kept) await parts.objects.remove({ bucket_id: 'exports', path: fileOf(attempt) });
	}
	await parts.database.completeJob(job);
	return { outcome };
}

async function write(
	place: ExportPart,
	path: string,
	{ database, objects, sizes = { part: rowsPerPart, page: rowsPerPage } }: ExportParts
): Promise<{ outcome: string; path?: string }> {
	const next = (beforeId: string | null, batch: number): Promise<ExportStep> =>
		database.verificationExportPage({ ...place, beforeId, batch });
	let step = await next(null, sizes.page);
	if (step.outcome !== 'write') return step;

	const { format, cursor_id: fromId } = step;
	const writer = exportWriters[format];
	const encoder = new TextEncoder();
	const pieces = [encoder.encode(writer.begin)];
	const numbers = new Set<string>();
	const facts = { fromId, toId: null as string | null, rowCount: 0, foreignCodes: false };
	for (let asked = sizes.page; ;) {
		const { rows, count, last_id, phone_number_ids, foreign_codes } = step.page;
		pieces.push(encoder.encode(writer.rows(rows, facts.rowCount === 0)));
		for (const id of phone_number_ids) numbers.add(id);
		facts.foreignCodes ||= foreign_codes;
		facts.rowCount += count;
		facts.toId = last_id ?? facts.toId;
		const isLast = count < asked;
		if (isLast || facts.rowCount >= sizes.part) {
			pieces.push(encoder.encode(writer.end));
			const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
			await objects.write({ bucket_id: 'exports', path }, bytes, exportTypes[format]);
			const written = { ...place, ...facts, path, isLast, byteCount: bytes.length, phoneNumberIds: [...numbers] };
			return database.keepVerificationExportPart(written);
		}
		asked = Math.min(sizes.page, sizes.part - facts.rowCount);
		step = await next(facts.toId, asked);
		if (step.outcome !== 'write') return step;
	}
}
