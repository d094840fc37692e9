import type { Context } from 'hono';
import { z } from 'zod';
import { Failure } from '../_shared/core/failures.ts';
import type { Admission, Arrived, Asking, KnownKey } from '../_shared/database-limits.ts';
import { addressOf } from '../_shared/http/address.ts';
import { endpointOf } from '../_shared/http/endpoint.ts';
import { broughtKey, isKey } from '../_shared/http/key.ts';
import type { Person } from '../_shared/http/token.ts';
import { refuseAfter, type TurnAway } from '../_shared/http/turn-away.ts';
import type { Api } from './app.ts';
import type { Caller } from './caller.ts';

/** Requests that are worth more than one, because they cost more than one. */
const costs: readonly (readonly [method: string, path: string, cost: number])[] = [
	['GET', '/api/v1/verifications/export', 20]
];

type Parts = {
	verify: (token: string) => Promise<Person>;
	admit: (arrived: Arrived) => Promise<Admission>;
	turnAway: TurnAway;
};

/**
 * Finds out whom a bearer token stands for, be it a person's or a key, and counts the request for them, in one round trip to the
 * database. What is left to them is in the context as `standing`, what the log says as `opened`. Refuses with `unauthorized`, in
 * the same words for an unknown, a revoked and an expired key, and later each time to whoever fails again and again.
 */
export function admitterOf({ verify, admit, turnAway }: Parts): (token: string, c: Context<Api>) => Promise<Caller> {
	async function personOf(token: string, c: Context): Promise<Person> {
		try {
			return await verify(token);
		} catch (error) {
			if (error instanceof Failure && error.slug === 'unauthorized') return turnAway('token_invalid', c);
			throw error;
		}
	}

	return async (token, c) => {
		const person = isKey(token) ? null : await personOf(token, c);
		const who: Asking = person ? { person: person.sub, organizationId: namedBy(c) } : broughtKey(token);
		const [endpoint, address, cost] = [endpointOf(c), addressOf(c), costOf(c)];
		const admission = await admit({ who, cost, id: c.get('requestId'), endpoint, address });
		if ('refusedAfter' in admission) return refuseAfter(admission.refusedAfter);
		const { standing, key } = admission;
		c.set('standing', standing);
		c.set('opened', {
			...{ key_id: key?.id ?? null, user_id: person?.sub ?? null },
			organization_id: key?.organization.id ?? namedBy(c),
			...{ endpoint, address, units: cost }
		});
		if (key) return keyCaller(key, address);
		if (person) return person;
		throw new Failure('internal', undefined, { cause: 'service.admit_request does not say which key it was' });
	};
}

function keyCaller(key: KnownKey, address: string | null): Caller {
	const { id, organization, mode, scopes } = key;
	return { role: 'api_key', key_id: id, organization_id: organization.id, mode, scopes, address, key };
}

/** How many requests this one counts as; a wait of a minute is one. */
function costOf({ req: { method, path } }: Context): number {
	return costs.find((entry) => entry[0] === method && entry[1] === path)?.[2] ?? 1;
}

const Id = z.guid().toLowerCase();

/** The organization that a person names in the address. */
function namedBy(c: Context): string | null {
	const organization = Id.safeParse(c.req.query('organization_id'));
	return organization.success ? organization.data : null;
}
