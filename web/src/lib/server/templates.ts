import * as z from 'zod';
import type { Template } from '#core/composing.ts';
import { failures } from '#core/failures.ts';
import type { AppDatabase } from './database.ts';
import { refusalOf } from './refusals.ts';

/** A template as its form is sent; without an id it is a new one. */
export const Saving = z.object({
	id: z.union([z.uuid(), z.literal('')]).optional(),
	name: z.string().min(1, failures.template_name_invalid.says).max(60, failures.template_name_invalid.says),
	body: z
		.string()
		.transform((text) => text.replace(/\r\n?/g, '\n'))
		.pipe(z.string().min(1, 'Write what the text says.').max(1600, 'A text can have at most 1,600 characters.'))
});

/** The organization's templates by name. */
export async function list(database: AppDatabase, organizationId: string): Promise<Template[]> {
	const { data, error } = await database
		.from('templates')
		.select('id, name, body, updated_at')
		.eq('organization_id', organizationId)
		.order('name')
		.limit(500);
	if (error) throw refusalOf(error);
	return data as Template[];
}

/** Makes a template, or changes one. Throws `template_name_taken`, `too_many_templates` … */
export async function save(
	database: AppDatabase,
	organizationId: string,
	{ id, name, body }: z.infer<typeof Saving>
): Promise<void> {
	const { error } = await database.rpc('save_template', {
		organization_id: organizationId,
		name,
		body,
		...(id && { template_id: id })
	});
	if (error) throw refusalOf(error);
}

/** Throws `not_found`, `not_allowed`. */
export async function remove(database: AppDatabase, id: string): Promise<void> {
	const { error } = await database.rpc('delete_template', { template_id: id });
	if (error) throw refusalOf(error);
}
