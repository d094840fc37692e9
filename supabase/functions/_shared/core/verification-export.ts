/** Verifications as files: what stands in them, and what they are called. How they are written: export-files.ts. */
import type { VerificationStatus } from './verifications.ts';

export const exportFormats = ['csv', 'json', 'jsonl'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** What a file of it is in the eyes of a browser, and how its name ends. */
export const exportTypes: Readonly<Record<ExportFormat, string>> = {
	csv: 'text/csv',
	json: 'application/json',
	jsonl: 'application/x-ndjson'
};

/** As many are streamed at once; more are written in parts by the worker. */
export const mostStreamed = 20_000;
/** In one of the files that the worker writes: about 8 MB, and a fraction of a second of CPU. */
export const rowsPerPart = 20_000;
/** Verifications that are asked of the database at once. */
export const exportBatch = 1000;

/** A verification as a file has it. Times: UTC (2026-11-22T15:03:05.123Z), and as `time_zone` has them (2026-11-22 16:03:05). */
export type ExportRow = {
	id: string;
	status: VerificationStatus;
	service: string;
	/** Of the catalogue; null for one that was named. */
	service_id: string | null;
	number: string;
	number_label: string;
	requested_by: string | null;
	requested_by_name: string | null;
	note: string | null;
	/** The newest, and what it was completed with; null where the reader may not see them. */
	code: string | null;
	final_code: string | null;
	/** There is one, which the reader may not see. */
	codes_hidden: boolean;
	codes_in_time: number;
	codes_late: number;
	requested_at: string;
	requested_at_local: string;
	expires_at: string;
	expires_at_local: string;
	code_received_at: string | null;
	code_received_at_local: string | null;
	ended_at: string | null;
	ended_at_local: string | null;
	time_zone: string;
	seconds_to_code: number | null;
	ended_by: string | null;
	cancel_reason: string | null;
};

/** The order of the columns, and of the keys. */
export const exportColumns = [
	...['id', 'status', 'service', 'service_id', 'number', 'number_label', 'requested_by', 'requested_by_name', 'note'],
	...['code', 'final_code', 'codes_hidden', 'codes_in_time', 'codes_late'],
	...['requested_at', 'requested_at_local', 'expires_at', 'expires_at_local', 'code_received_at'],
	...[
		'code_received_at_local',
		'ended_at',
		'ended_at_local',
		'time_zone',
		'seconds_to_code',
		'ended_by',
		'cancel_reason'
	]
] as (keyof ExportRow)[];

/** What api.export_verifications answers. */
export type ExportPage = {
	rows: ExportRow[];
	count: number;
	last_id: string | null;
	phone_number_ids: string[];
	foreign_codes: boolean;
};

/** A file's name: "verifications-acme-2026-11-22.csv", and "-part-2" in it where there are several. */
export function exportName(slug: string, day: string, format: ExportFormat, part: number | null = null): string {
	return `verifications-${slug}-${day}${part === null ? '' : `-part-${part}`}.${format}`;
}
