import type * as z from 'zod';
import { refusalOf } from '../refusals.ts';

type Answer = { data: unknown; error: Parameters<typeof refusalOf>[0] | null };

/** What a verb of the console answered, as the schema knows it. Throws what it refused. */
export function answered<T>({ data, error }: Answer, schema: z.ZodType<T>): T {
	if (error) throw refusalOf(error);
	return schema.parse(data);
}

/** The same of a verb that answers nothing. */
export function done({ error }: Answer): void {
	if (error) throw refusalOf(error);
}
