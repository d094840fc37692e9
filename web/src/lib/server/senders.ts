import * as z from 'zod';
import { canText, defaultNumber } from '#core/sending-number.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

const Sender = z.object({
	id: z.string(),
	e164: z.string(),
	label: z.string(),
	country_code: z.string(),
	capabilities: z.array(z.string()),
	status: z.enum(['active', 'grace', 'quarantined', 'released']),
	is_default: z.boolean()
});
export type Sender = z.infer<typeof Sender>;

/** The numbers from which this person may begin a conversation, the oldest first; frozen ones among them. */
export async function list(database: AppDatabase, organizationId: string): Promise<Sender[]> {
	const { data, error } = await database
		.from('owned_numbers')
		.select(Object.keys(Sender.shape).join(', '))
		.eq('organization_id', organizationId)
		.is('released_at', null)
		.order('created_at')
		.order('id');
	if (error) throw refusalOf(error);
	return z.array(Sender).parse(data);
}

/** What a new text's form shows of them; `automatic` where there is a choice that whom it is to can decide. */
export function choices(senders: readonly Sender[]) {
	const usable = senders.filter(canText);
	const first = defaultNumber(senders) ?? (usable.length === 1 ? usable[0] : undefined);
	return {
		automatic: usable.length > 1,
		/** Which is chosen to begin with; empty: automatic. */
		chosen: first?.id ?? (usable.length > 1 ? '' : (senders[0]?.id ?? '')),
		numbers: senders.map((sender) => ({
			...{ id: sender.id, e164: sender.e164, label: sender.label, isDefault: sender.is_default },
			rests: canText(sender) ? null : sender.status === 'active' ? 'calls only' : 'not renewed'
		}))
	};
}
