import * as z from 'zod';
import { roles } from '#core/capabilities.ts';
import { Failure } from '#core/failures.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

const Access = z.object({
	phone_number_id: z.string(),
	e164: z.string(),
	label: z.string(),
	color: z.number(),
	restricted: z.boolean(),
	roles: z.array(z.enum(roles)),
	user_ids: z.array(z.string())
});
/** A number and for whom it is. */
export type Access = z.infer<typeof Access>;

export const Choice = z.object({
	restricted: z.boolean(),
	roles: z.array(z.enum(['member', 'viewer'])),
	user_ids: z.array(z.uuid())
});
export type Choice = z.infer<typeof Choice>;

/** The form's choice; what it names that cannot be chosen is left out. */
export function choiceOf(form: FormData): Choice {
	const keep = <T>(schema: z.ZodType<T>, name: string) =>
		form.getAll(name).flatMap((value) => {
			const parsed = schema.safeParse(value);
			return parsed.success ? [parsed.data] : [];
		});
	return {
		restricted: form.get('restricted') === 'yes',
		roles: keep(Choice.shape.roles.element, 'roles'),
		user_ids: keep(Choice.shape.user_ids.element, 'user_ids')
	};
}

/** The organization's numbers, by their labels. */
export async function list(database: AppDatabase, organizationId: string): Promise<Access[]> {
	const { data, error } = await database
		.from('number_access')
		.select('phone_number_id, e164, label, color, restricted, roles, user_ids')
		.eq('organization_id', organizationId)
		.order('label')
		.order('phone_number_id')
		.limit(1000);
	if (error) throw refusalOf(error);
	return z.array(Access).parse(data);
}

/** One of them. Throws `not_found`. */
export async function find(database: AppDatabase, organizationId: string, phoneNumberId: string): Promise<Access> {
	const access = (await list(database, organizationId)).find(({ phone_number_id: id }) => id === phoneNumberId);
	if (!access) throw new Failure('not_found');
	return access;
}

/** Throws `not_allowed`, `member_gone`, `not_found`. */
export async function set(database: AppDatabase, phoneNumberId: string, choice: Choice): Promise<void> {
	const { error } = await database.rpc('set_number_access', { phone_number_id: phoneNumberId, ...choice });
	if (error) throw refusalOf(error);
}
