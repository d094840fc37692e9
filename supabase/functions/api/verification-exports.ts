import { z } from '@hono/zod-openapi';
import { dayAt } from '../_shared/core/days.ts';
import { writtenExport } from '../_shared/core/export-files.ts';
import { Failure } from '../_shared/core/failures.ts';
import { exportFilterOf, momentsOf } from '../_shared/core/filtered-verifications.ts';
import { bodyOf } from '../_shared/core/pieces.ts';
import { filterOf } from '../_shared/core/verification-filters.ts';
import {
	exportBatch,
	exportFormats,
	exportName,
	exportTypes,
	mostStreamed,
	type ExportPage
} from '../_shared/core/verification-export.ts';
import type { CallerDatabase, Claims } from '../_shared/database-caller.ts';
import { call, literal } from '../_shared/database-literal.ts';
import { summarize } from '../_shared/core/errors.ts';
import type { Log } from '../_shared/http/log.ts';
import { organizationOf } from './caller.ts';
import { createRoutes, endpoint, type Routes } from './endpoint.ts';
import { OrganizationId } from './shapes.ts';

const Wanted = z.object({
	organization_id: OrganizationId,
	format: z.enum(exportFormats, `This is one of ${exportFormats.join(', ')}.`).default('csv')
});

const fileTypes = Object.fromEntries(
	exportFormats.map((format) => [exportTypes[format], { schema: { type: 'string' } }])
);

type Parts = { database: CallerDatabase; log: Log; now: () => Date };
type Filters = ReturnType<typeof exportFilterOf>;

/**
 * `GET /v1/verifications/export?organization_id=…&format=csv|json|jsonl`, and the filter as the page of verifications has it
 * in its address: a file of at most 20,000, else `export_too_large`. Memory stays flat: the next page is asked for when the
 * last one was taken, in the caller's name again, so that whoever loses their rights meanwhile gets no whole file.
 */
export function verificationExports({ database, log, now }: Parts): Routes {
	const routes = createRoutes();

	endpoint(
		routes,
		{
			...{ method: 'get', path: '/', operationId: 'exportVerifications', tag: 'Verifications' },
			summary: 'Download requests as a file',
			description: 'Takes the filter of the page of verifications as it stands in its address. Counts as 20 requests.',
			scope: 'people',
			query: Wanted,
			answers: { 200: { description: 'A file.', content: fileTypes } },
			refusals: ['export_too_large']
		},
		async (c, { query: { organization_id, format } }) => {
			const { caller } = c.var;
			const organizationId = organizationOf(caller, organization_id);
			const place = await placeOf(caller, organizationId);
			const filter = filterOf(new URL(c.req.url).searchParams);
			const filters = exportFilterOf(filter, momentsOf(filter, place.time_zone, now().getTime()));
			if ((await count(caller, organizationId, filters)) > mostStreamed) throw new Failure('export_too_large');
			const pieces = writtenExport(pages(caller, organizationId, filters), format);
			// what is refused is refused before a file begins
			const first = await pieces.next();
			const name = exportName(place.slug, dayAt(now().getTime(), place.time_zone), format);
			const broke = (error: unknown) => log('export_broke', { request_id: c.var.requestId, error: summarize(error) });
			return c.body(bodyOf(goOn(first, pieces), broke), 200, {
				'content-type': `${exportTypes[format]}; charset=utf-8${format === 'csv' ? '; header=present' : ''}`,
				'content-disposition': `attachment; filename="${name}"`,
				'x-content-type-options': 'nosniff',
				'cache-control': 'private, no-store'
			});
		}
	);

	/** Days are the person's, and the file is called after the organization. Raises not_found, session_ended. */
	async function placeOf(caller: Claims, organizationId: string) {
		const [row] = await database.rows<{ slug: string | null; time_zone: string }>(
			caller,
			`select api.me() ->> 'time_zone' as time_zone,
				(select o.slug from api.organizations o where o.id = ${literal(organizationId)}) as slug`
		);
		if (!row?.slug) throw new Failure('not_found');
		return { slug: row.slug, time_zone: row.time_zone };
	}

	async function count(caller: Claims, organization_id: string, filters: Filters): Promise<number> {
		const verb = call('count_verification_export', { organization_id, filters }, 'api');
		const [row] = await database.rows<{ rows: string }>(caller, `select ${verb} as rows`);
		return Number(row?.rows);
	}

	async function* pages(caller: Claims, organization_id: string, filters: Filters): AsyncGenerator<ExportPage> {
		for (let before: string | null = null, left = mostStreamed; left > 0; left -= exportBatch) {
			const args: Parameters<typeof call>[1] = { organization_id, filters, before_id: before, batch: exportBatch };
			const verb = call('export_verifications', args, 'api');
			// as text: the driver would not know what to make of it otherwise
			const [row] = await database.rows<{ page: string }>(caller, `select ${verb}::text as page`);
			if (!row) throw new Failure('internal', undefined, { cause: 'api.export_verifications answered nothing' });
			const page = JSON.parse(row.page) as ExportPage;
			yield page;
			before = page.last_id;
			if (page.count < exportBatch) return;
		}
	}

	return routes;
}

async function* goOn(first: IteratorResult<string>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
	try {
		if (!first.done) yield first.value;
		yield* rest;
	} finally {
		// whoever stops before the first piece was taken has not begun with the rest
		await rest.return(undefined);
	}
}
