/* eslint-disable svelte/prefer-svelte-reactivity -- what is made here is read at once */
import { deserialize } from '$app/forms';
import type { CountryCode } from 'libphonenumber-js';
import { failures, isSlug } from '#core/failures.ts';
import type { contactOf as ContactOf } from '#core/contact-lines.ts';
import { guessColumns, rowsPerImport, type ContactColumn, type ContactRow } from '#core/contacts.ts';

/** What becomes of a line of the file, and which line of it that is, from 1. */
export type Line = { at: number; row: ContactRow | null; outcome: string; says?: string };

/** Everything that was asked of the server about a part of the file; throws with what it said. */
export type Ask = (rows: readonly ContactRow[], dryRun: boolean) => Promise<string[]>;

/** A file of contacts on its way: read here, tried dry, then brought in, five hundred rows at a time. */
export class Import {
	/** The file's lines as cells; the first may be the names of the columns. */
	table = $state.raw<readonly (readonly string[])[]>([]);
	columns = $state.raw<Record<ContactColumn, number>>({ phone_number: -1, name: -1, notes: -1 });
	lines = $state.raw<readonly Line[]>([]);
	state = $state<'none' | 'read' | 'trying' | 'tried' | 'importing' | 'done'>('none');
	problem = $state<string>();
	/** Rows that were asked about so far. */
	progress = $state(0);
	#contactOf: typeof ContactOf | null = null;
	#ask: Ask;
	#country: CountryCode;

	constructor(country: CountryCode, ask: Ask) {
		this.#country = country;
		this.#ask = ask;
	}

	/** Reads a file; what reads it, and its numbers, is loaded with the first one. */
	async read(file: Blob): Promise<void> {
		this.problem = undefined;
		this.lines = [];
		try {
			const [{ parse }, { contactOf }] = await Promise.all([
				import('csv-parse/browser/esm/sync'),
				import('#core/contact-lines.ts')
			]);
			this.#contactOf = contactOf;
			const text = (await file.text()).replace(/^\uFEFF/, '');
			const table = parse(text, { relax_column_count: true, skip_empty_lines: true, delimiter: delimiterOf(text) });
			this.table = table as string[][];
			this.columns = guessColumns(this.table[0] ?? []);
			this.state = 'read';
		} catch (error) {
			this.state = 'none';
			this.problem = `This file is no CSV that we can read: ${error instanceof Error ? error.message : String(error)}`;
		}
	}

	#read(line: readonly string[]): ReturnType<typeof ContactOf> {
		return this.#contactOf?.(line, this.columns, this.#country) ?? { says: failures.phone_number_invalid.says };
	}

	/** Whether the first line names the columns: it has no number where one should be. */
	get hasNames(): boolean {
		return 'says' in this.#read(this.table[0] ?? []);
	}

	/** Says for every line what would become of it; or, if `dryRun` is false, does it. */
	async run(dryRun: boolean): Promise<void> {
		this.state = dryRun ? 'trying' : 'importing';
		this.problem = undefined;
		this.progress = 0;
		const begin = this.hasNames ? 1 : 0;
		const lines = this.table.slice(begin).map((cells, place): Line => {
			const read = this.#read(cells);
			const at = place + begin + 1;
			return 'row' in read
				? { at, row: read.row, outcome: 'unchanged' }
				: { at, row: null, outcome: 'phone_number_invalid', says: read.says };
		});
		const wanted = lines.filter((line) => line.row !== null);
		try {
			for (let from = 0; from < wanted.length; from += rowsPerImport) {
				const part = wanted.slice(from, from + rowsPerImport);
				const outcomes = await this.#ask(
					part.flatMap(({ row }) => row ?? []),
					dryRun
				);
				part.forEach((line, place) => {
					line.outcome = outcomes[place] ?? 'internal';
					if (isSlug(line.outcome)) line.says = failures[line.outcome].says;
				});
				this.progress = from + part.length;
			}
			this.lines = lines;
			this.state = dryRun ? 'tried' : 'done';
		} catch (error) {
			this.problem = error instanceof Error ? error.message : String(error);
			this.state = dryRun ? 'read' : 'tried';
		}
	}

	/** How many lines come out how. */
	get counts(): Readonly<Record<string, number>> {
		const counts: Record<string, number> = { created: 0, updated: 0, unchanged: 0, wrong: 0 };
		for (const { outcome } of this.lines) {
			const kind = outcome in counts ? outcome : 'wrong';
			counts[kind] = (counts[kind] ?? 0) + 1;
		}
		return counts;
	}
}

/** What parts the cells: what the first line has most of. */
function delimiterOf(text: string): string {
	const [first = ''] = text.split('\n', 1);
	return [',', ';', '\t'].toSorted((a, b) => first.split(b).length - first.split(a).length)[0] ?? ',';
}

/** Asks the page's own form action. */
export function askPage(fetch: typeof globalThis.fetch, url: string): Ask {
	return async (rows, dryRun) => {
		const response = await fetch(url, {
			method: 'POST',
			headers: { accept: 'application/json', 'x-sveltekit-action': 'true' },
			body: new URLSearchParams({ rows: JSON.stringify(rows), dry_run: String(dryRun) })
		});
		const answer = deserialize<{ results: string[] }, { says?: string }>(await response.text());
		if (answer.type === 'success' && answer.data) return answer.data.results;
		throw new Error(
			(answer.type === 'failure' && answer.data?.says) ||
				'This part did not arrive. Try again: what is there already stays once.'
		);
	};
}
