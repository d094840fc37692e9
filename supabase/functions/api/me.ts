import { z } from '@hono/zod-openapi';
import type { CallerDatabase } from '../_shared/database-caller.ts';
import { Failure } from '../_shared/core/failures.ts';
import type { Person } from '../_shared/http/token.ts';
import { createRoutes, endpoint, type Routes } from './endpoint.ts';

const Organization = z.object({ id: z.guid(), name: z.string(), slug: z.string() });
const KeyMe = z
	.object({
		kind: z.literal('key'),
		id: z.guid(),
		name: z.string(),
		prefix: z.string().openapi({ description: 'May be shown and logged.', example: 'cum_live_8Kd03mZq' }),
		mode: z.enum(['live', 'test']),
		scopes: z.array(z.string()),
		phone_number_ids: z.array(z.guid()).nullable().openapi({ description: 'null: all of the organization.' }),
		allowed_from: z.array(z.string()).nullable().openapi({ description: 'Networks; null: anywhere.' }),
		expires_at: z.string().nullable(),
		organization: Organization
	})
	.openapi('KeyMe');
const PersonMe = z
	.object({
		kind: z.literal('person'),
		id: z.guid(),
		username: z.string().nullable(),
		organizations: z.array(Organization.extend({ role: z.enum(['owner', 'admin', 'member', 'viewer']) }))
	})
	.openapi('PersonMe');

/** `/v1/me`: who asks, and what they may. */
export function me({ database }: { database: CallerDatabase }): Routes {
	const routes = createRoutes();
	const describe = async (caller: Person) => {
		const [row] = await database.rows<{ answer: object }>(caller, aboutMe);
		if (!row) throw new Failure('internal');
		return { kind: 'person', ...row.answer };
	};

	endpoint(
		routes,
		{
			method: 'get',
			path: '/',
			operationId: 'getMe',
			tag: 'Account',
			summary: 'Who you are',
			description: 'A key is told its scopes and limits, a person their organizations and roles.',
			scope: 'any',
			answers: { 200: z.union([KeyMe, PersonMe]).openapi('Me') }
		},
		async (c) => {
			const { caller } = c.var;
			// a key was told of itself when it was let in
			const told = caller.role === 'api_key' ? { kind: 'key', ...caller.key } : await describe(caller);
			return c.json(told, 200, { 'cache-control': 'no-store' });
		}
	);

	return routes;
}

const aboutMe = `select jsonb_build_object('id', m.me -> 'user_id', 'username', m.me -> 'username', 'organizations',
	m.me -> 'organizations') as answer from (select api.me() as me) m`;
