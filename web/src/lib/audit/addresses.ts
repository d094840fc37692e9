import type { AuditFilters } from '#core/audit-log.ts';

/** The query of these filters with something changed: `null` takes a filter away. Empty, or with its question mark. */
export function queryOf(filters: AuditFilters, change: Partial<AuditFilters> & { before?: string } = {}): string {
	const query = new URLSearchParams();
	for (const [name, value] of Object.entries({ ...filters, ...change })) if (value) query.set(name, value);
	return query.size > 0 ? `?${query}` : '';
}
