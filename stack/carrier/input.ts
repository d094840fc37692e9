import type { Context } from 'hono';
import type * as z from 'zod';

/** A refusal of the control surface: a slug for programs, a sentence for people. */
export class BadInput extends Error {
	readonly slug: string;
	readonly status: 400 | 422;
	constructor(slug: string, sentence: string, status: 400 | 422 = 422) {
		super(sentence);
		this.slug = slug;
		this.status = status;
	}
}

/** The JSON body in its shape. Throws BadInput with what is amiss. */
export async function parse<Shape extends z.ZodType>(c: Context, shape: Shape): Promise<z.output<Shape>> {
	const json: unknown = await c.req.json().catch(() => {
		throw new BadInput('body_not_json', 'The body has to be JSON.', 400);
	});
	const result = shape.safeParse(json);
	if (result.success) return result.data;
	const [issue] = result.error.issues;
	throw new BadInput('body_invalid', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as expected'}`);
}

export function answerBadInput(error: Error, c: Context): Response {
	if (!(error instanceof BadInput)) throw error;
	return c.json({ error: error.slug, message: error.message }, error.status);
}
