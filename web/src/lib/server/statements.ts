import * as z from 'zod';
import { safeCell } from '#core/csv.ts';
import { Failure } from '#core/failures.ts';
import type { Movement, Statement } from '#core/statement.ts';
import * as csv from './csv.ts';
import type { AppDatabase } from './database.ts';
import type { Member } from './people.ts';
import { refusalOf } from './refusals.ts';

/** Movements of an export in memory at a time. */
const movementsPerBatch = 1000;

const micros = z.number().int();
const month = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/);

const Told = z.object({
	month,
	since: z.string(),
	until: z.string(),
	time_zone: z.string(),
	opening_micros: micros,
	closing_micros: micros,
	lines: z.array(z.object({ reason: z.string(), transfers: z.number().int(), amount_micros: micros })),
	this_month: month,
	first_month: month
});

/** Refuses whoever may not see the money, in words that fit the page. The database decides again. */
export function requireReader({ organization }: Member): void {
	if (!organization.capabilities.includes('billing:read'))
		throw new Failure(
			'not_allowed',
			`Only owners and admins see what is paid. Your role here is ${organization.role}.`
		);
}

/** Which month an address asks for (2026-11); null, also for what is none: the one under way. */
export function monthOf(query: URLSearchParams): string | null {
	return month
		.refine((text) => text >= '2020')
		.nullable()
		.catch(null)
		.parse(query.get('month'));
}

/** A month's statement; null: the one under way. Throws `not_allowed`, `not_found`. */
export async function read(database: AppDatabase, organization_id: string, of: string | null): Promise<Statement> {
	const { data, error } = await database.rpc('statement', { organization_id, ...(of && { month: `${of}-01` }) });
	if (error) throw refusalOf(error);
	return Told.parse(data);
}

/** All movements of a month, oldest first, a batch at a time: the next is asked for when the last was taken. */
export async function openExport(
	database: AppDatabase,
	organization_id: string,
	of: string
): Promise<AsyncGenerator<Movement[]>> {
	const ask = async (after: string | null): Promise<Movement[]> => {
		const { data, error } = await database.rpc('statement_movements', {
			organization_id,
			month: `${of}-01`,
			...(after && { after_id: after }),
			batch: movementsPerBatch
		});
		if (error) throw refusalOf(error);
		return data;
	};
	const first = await ask(null);
	return (async function* () {
		for (let batch = first; batch.length > 0;) {
			yield batch;
			const last = batch.at(-1);
			if (!last || batch.length < movementsPerBatch) return;
			batch = await ask(last.id);
		}
	})();
}

const columns = ['id', 'time', 'reason', 'object_kind', 'object_id', 'note', 'amount_usd'] as const;

/** A month's file, piece by piece, as its batches come. */
export async function* written(batches: AsyncIterable<Movement[]>): AsyncGenerator<string> {
	yield csv.mark + csv.lines([columns]);
	for await (const batch of batches)
		yield csv.lines(
			batch.map((one) => [
				one.id,
				new Date(one.created_at).toISOString(),
				one.reason,
				one.object_kind ?? '',
				one.object_id ?? '',
				safeCell(one.note ?? ''),
				csv.exactDollars(one.amount_micros)
			])
		);
}
