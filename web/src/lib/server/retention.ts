import * as z from 'zod';
import { retentionClasses, type RetentionClass } from '#core/retention.ts';
import { failures } from '#core/failures.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

/** By class, after how many days it is removed. */
export type Rules = Partial<Record<RetentionClass, number>>;

/** An empty time: for ever. */
export const Rule = z.object({
	class: z.enum(retentionClasses, failures.retention_invalid.says),
	days: z.union(
		[z.literal('').transform(() => null), z.coerce.number().int().min(1).max(3650)],
		failures.retention_invalid.says
	)
});
export type Rule = z.infer<typeof Rule>;

const ByPlan = z.object({ days: z.number().int(), applies_at: z.string() }).nullable();
const Count = z.object({ count: z.number(), more: z.boolean() });

export async function rules(database: AppDatabase, organizationId: string): Promise<Rules> {
	const { data, error } = await database
		.from('retention_rules')
		.select('class, days')
		.eq('organization_id', organizationId);
	if (error) throw refusalOf(error);
	return Object.fromEntries(data.map((rule) => [rule.class, rule.days])) as Rules;
}

/** What the plan keeps at most, and from when on that is carried out; null: it keeps everything. */
export async function byPlan(
	database: AppDatabase,
	organizationId: string
): Promise<{ days: number; applies_at: string } | null> {
	const { data, error } = await database
		.from('plan_retention')
		.select('days, applies_at')
		.eq('organization_id', organizationId)
		.maybeSingle();
	if (error) throw refusalOf(error);
	return ByPlan.parse(data);
}

/** Throws `retention_invalid`, `not_allowed`, `fresh_session_required`. */
export async function set(database: AppDatabase, organizationId: string, rule: Rule): Promise<void> {
	const { error } = await database.rpc('set_retention', {
		organization_id: organizationId,
		class: rule.class,
		...(rule.days !== null && { days: rule.days })
	});
	if (error) throw refusalOf(error);
}

/** What a rule would remove now; `more`: there may be more of it. For ever removes nothing. Throws as `set`. */
export async function count(
	database: AppDatabase,
	organizationId: string,
	{ class: about, days }: Rule
): Promise<z.infer<typeof Count>> {
	if (days === null) return { count: 0, more: false };
	const { data, error } = await database.rpc('count_retention', {
		organization_id: organizationId,
		class: about,
		days
	});
	if (error) throw refusalOf(error);
	return Count.parse(data);
}
