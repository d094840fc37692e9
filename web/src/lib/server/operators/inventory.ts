import * as z from 'zod';
import { service } from '../service.ts';
import { answered } from './answered.ts';
import type { Operator } from './realm.ts';

const micros = z.number();
const margin = { paid_micros: micros, cost_micros: micros, margin_micros: micros };

const Inventory = z.object({
	numbers: z.array(
		z.object({
			...{ id: z.string(), e164: z.string(), label: z.string(), country_code: z.string(), kind: z.string() },
			...{ carrier: z.string(), status: z.string(), organization_id: z.string(), organization: z.string() },
			renews_at: z.string().nullable(),
			/** The end of the state that it is in. */
			state_until: z.string().nullable(),
			paid_micros: micros,
			/** Null where the carrier never said. */
			cost_micros: micros.nullable(),
			margin_micros: micros.nullable(),
			/** In and out within 30 days, and what was paid for them. */
			texts: z.number(),
			texts_micros: micros
		})
	),
	countries: z.array(
		z.object({
			country_code: z.string(),
			...{ numbers: z.number(), active: z.number(), unknown: z.number() },
			...margin
		})
	),
	texts: z.array(z.object({ country_code: z.string(), texts: z.number(), segments: z.number(), ...margin }))
});

const fitting = <T extends z.ZodType>(schema: T) => schema.nullable().catch(null);

/** What an address asks for; what it cannot ask for is as if it did not. */
export const Filters = z.object({
	country: fitting(z.string().regex(/^[A-Z]{2}$/)),
	kind: fitting(z.enum(['local', 'mobile', 'toll_free'])),
	status: fitting(z.enum(['active', 'grace', 'quarantined', 'released'])),
	organization: fitting(z.uuid()),
	losing: fitting(z.literal('yes')),
	/** Behind which number, by its digits and its id. */
	after: fitting(z.string().regex(/^\+\d{7,15} [0-9a-f-]{36}$/))
});
export type Filters = z.infer<typeof Filters>;

/** Fifty numbers of all organizations, the totals by country of all that fit, and the margins of texts of the last 24 hours. */
export async function read({ session }: Operator, { country, kind, status, organization, losing, after }: Filters) {
	const [after_e164, after_id] = after?.split(' ') ?? [];
	return answered(
		await service().rpc('operator_inventory', {
			...{ session, losing: losing === 'yes' },
			...(country && { country_code: country }),
			...(kind && { kind }),
			...(status && { status }),
			...(organization && { organization_id: organization }),
			...(after_e164 && after_id && { after_e164, after_id })
		}),
		Inventory
	);
}
