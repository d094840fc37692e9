import type { Context, MiddlewareHandler } from 'hono';
import {
	exceeded,
	limitField,
	perMinute,
	policyField,
	tooMany,
	type Limit,
	type Standing
} from '../core/rate-limits.ts';
import { Failure } from '../core/failures.ts';
import { problem } from './problem.ts';

type Plan = { code: string; name: string; requests_per_minute: number };

/** What is known of a request once it was counted, by `c.set`. */
export type WithStanding = { Variables: { standing: Standing } };

/** A person (null: a key), and the organization that the key belongs to or the person names, which need not be theirs. */
type Counted = { person: string | null; organizationId: string | null };

type Parts = {
	/** Where more than so many requests a minute are to be had. */
	room: (whose: Counted, perMinute: number) => Promise<{ plan: Plan | null; doubled_by: string | null }>;
	/** Whose request it was. */
	countedOf: (c: Context) => Counted;
	/** The app, where plans are and limits are doubled; none where nobody knows where it is. */
	appUrl?: string | undefined;
	/** Where refusals are explained. */
	docs?: string | undefined;
};

/**
 * Says on every answer what is left (`RateLimit-Policy`, `RateLimit` of draft-ietf-httpapi-ratelimit-headers) of a request that was
 * counted before. Who has used all up is answered 429 with a `Retry-After` that is enough, the policies that were exceeded, the plan
 * that would have had room, and the page where the limits are doubled for a day, where that may be done.
 */
export function limitRate({ room, countedOf, appUrl, docs }: Parts): MiddlewareHandler {
	return async (c, next) => {
		const { admitted, limits } = c.get('standing') as Standing;
		if (admitted) await next();
		else c.res = await refusal(c, exceeded(limits));
		c.res.headers.set('ratelimit-policy', policyField(limits));
		c.res.headers.set('ratelimit', limitField(limits));
	};

	async function refusal(c: Context, limits: readonly Limit[]): Promise<Response> {
		const [worst] = limits;
		// the clock went on while it was being asked why
		if (!worst) throw new Failure('rate_limited');
		const { plan, doubled_by } = await room(countedOf(c), perMinute(worst));
		const more = {
			request_id: c.get('requestId') as string | undefined,
			'violated-policies': limits.map(({ policy }) => policy),
			...(plan && { plan, ...(appUrl && { plans_url: `${appUrl}/pricing` }) }),
			...(doubled_by !== null && appUrl && { double_limits_url: `${appUrl}/${doubled_by}/settings/api-keys` })
		};
		c.set('refusal', 'rate_limited');
		c.set('reached', { name: worst.policy, most: worst.quota });
		const answer = problem('rate_limited', tooMany(worst), more, docs);
		answer.headers.set('retry-after', String(worst.wait));
		return answer;
	}
}
