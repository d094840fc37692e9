import type { Context, MiddlewareHandler } from 'hono';
import type { WithRequestId } from './request-id.ts';
import type { Person } from './token.ts';
import { refuseAfter, type TurnAway } from './turn-away.ts';

export type WithCaller<Who = Person> = { Variables: { caller: Who } };

/** Of whoever asks: as which request. What they have done is told by that name as well. */
export type Asking = { request_id?: string };

/**
 * Lets in whomever a bearer token stands for; `c.var.caller` says who that is. Refuses with `unauthorized`, in the same
 * words whatever is wrong, and as `recognise` does.
 */
export function authenticate<Who extends Asking>(
	recognise: (token: string, c: Context) => Promise<Who>,
	turnAway: TurnAway = () => refuseAfter(0)
): MiddlewareHandler<WithCaller<Who> & WithRequestId> {
	return async (c, next) => {
		const brought = c.req.header('authorization');
		const [, token] = /^Bearer ([\w.~+/=-]{1,8192})$/i.exec(brought ?? '') ?? [];
		if (token === undefined) return turnAway(brought === undefined ? 'missing' : 'malformed', c);
		c.set('caller', { ...(await recognise(token, c)), request_id: c.get('requestId') });
		await next();
	};
}
