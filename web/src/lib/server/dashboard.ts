import * as z from 'zod';
import type { Span } from '#core/dashboard.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

const count = z.number().int();
const Waiting = z.object({
	conversation_id: z.string(),
	since: z.string(),
	name: z.string().nullable(),
	number: z.string()
});
export const Limit = z.object({
	name: z.enum(['segments', 'verifications', 'numbers', 'members', 'storage']),
	used: count,
	most: count,
	/** What the plan alone says; until when another limit counts; null: that one does. */
	usual: count,
	given_until: z.string().nullable()
});
export type Limit = z.infer<typeof Limit>;
export const Line = z.object({ reason: z.string(), transfers: count, amount_micros: count });

const Dashboard = z.object({
	days: count,
	today: z.string(),
	time_zone: z.string(),
	number_ids: z.array(z.string()),
	texts: z.array(z.object({ day: z.string(), received: count, sent: count, delivered: count, failed: count })),
	verifications: z.array(z.object({ day: z.string(), requested: count, code_received: count, missed: count })),
	/** As the inbox counts them: to a thousand. */
	conversations: z.object({ mine: count, unassigned: count, open: count }),
	longest: Waiting.nullable(),
	longest_mine: Waiting.nullable(),
	codes_awaited: z.object({ count, next_at: z.string().nullable() }),
	numbers: z.array(
		z.object({
			id: z.string(),
			label: z.string(),
			color: count,
			status: z.enum(['active', 'grace', 'quarantined']),
			renews_at: z.string().nullable(),
			ends_at: z.string().nullable(),
			auto_renew: z.boolean(),
			monthly_micros: count.nullable()
		})
	),
	to_register: z.boolean(),
	plan: z.object({ code: z.string(), name: z.string() }),
	limits: z.array(Limit),
	money: z
		.object({
			month: z.string(),
			since: z.string(),
			until: z.string(),
			lines: z.array(Line),
			balance_micros: count,
			held_micros: count,
			renewals_micros: count,
			auto_top_up: z.object({ threshold_micros: count, amount_micros: count, rests: z.boolean() }).nullable()
		})
		.nullable(),
	first_steps: z.object({ number: z.boolean(), text: z.boolean(), invite: z.boolean(), key: z.boolean() }).nullable(),
	seconds_late: count
});
export type Dashboard = z.infer<typeof Dashboard>;

const Latest = z.object({
	id: z.string(),
	contact_name: z.string().nullable(),
	contact_number: z.string().nullable(),
	title: z.string().nullable(),
	number_label: z.string().nullable(),
	last_message_direction: z.enum(['inbound', 'outbound']),
	last_message_status: z.string(),
	last_message_author_id: z.string().nullable(),
	last_message_at: z.string()
});
/** The latest text of a conversation. */
export type Latest = z.infer<typeof Latest>;

/** How an organization stands over so many days, as far as the caller may see it. Throws `not_found`, `session_ended`. */
export async function read(database: AppDatabase, organization_id: string, days: Span): Promise<Dashboard> {
	const { data, error } = await database.rpc('dashboard', { organization_id, days });
	if (error) throw refusalOf(error);
	return Dashboard.parse(data);
}

/** The conversations in which something was said last, the latest first. */
export async function latest(database: AppDatabase, organizationId: string, most: number): Promise<Latest[]> {
	const { data, error } = await database
		.from('conversations')
		.select(Object.keys(Latest.shape).join(', '))
		.eq('organization_id', organizationId)
		.gt('last_seq', 0)
		.is('archived_at', null)
		.order('last_message_at', { ascending: false })
		.order('id', { ascending: false })
		.limit(most);
	if (error) throw refusalOf(error);
	return z.array(Latest).parse(data);
}

/** The caller has seen enough of the first steps. Throws `not_allowed`. */
export async function dismissSteps(database: AppDatabase, organization_id: string): Promise<void> {
	const { error } = await database.rpc('dismiss_first_steps', { organization_id });
	if (error) throw refusalOf(error);
}
