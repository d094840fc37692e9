/** Where the lines of the developer API's table are tried: an organization with room for everything, and a key that may do all. */
import { scopeNames } from '#core/key-scopes.ts';
import { createNumber } from '../support/people.ts';
import { confirmUse } from './api-door.ts';
import { createKey } from './api-keys.ts';
import type { Scene } from './api-line.ts';
import { createBuyer } from './buying.ts';

type Doors = Pick<Scene, 'sql' | 'env' | 'api' | 'twilio'>;

export async function createScene({ sql, env, api, twilio }: Doors): Promise<Scene> {
	const owner = await createBuyer(sql, env);
	const { organizationId } = owner;
	await sql`select private.grant_plan(${organizationId}, 'scale', now() + interval '1 day')`;
	const number = await createNumber(sql, env, { organizationId });
	await confirmUse(sql, organizationId);
	const key = await createKey(sql, organizationId, { scopes: scopeNames });
	return { sql, env, api, twilio, key, organizationId, owner, number };
}
