import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context, MiddlewareHandler } from 'hono';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Faults, FaultTarget } from '../faults.ts';
import { answerFault, Refusal } from './errors.ts';

export type RestEnv = { Bindings: HttpBindings; Variables: { account: string } };

/** Makes the middleware through which one call of the API can be made to fail. */
export type Faulty = (target: FaultTarget) => MiddlewareHandler<RestEnv>;

export function withFaults(faults: Faults, ended: AbortSignal): Faulty {
	return (target) => async (c, next) => {
		// a list says in its query whose texts it asks for
		const sent = c.req.method === 'GET' ? new URL(c.req.url).searchParams : await form(c);
		const fault = faults.take(target, { number: sent.get('From') ?? sent.get('PhoneNumber'), peer: sent.get('To') });
		if (fault?.kind === 'status') return answerFault(c, fault.status, fault.code);
		await next();
		if (fault?.kind === 'hang') await sleep(fault.ms, undefined, { signal: ended });
		if (fault?.kind === 'cut_after') {
			c.env.incoming.socket.destroy();
			c.res = RESPONSE_ALREADY_SENT;
		}
	};
}

/** The form a call brings; any other content is no parameters at all, as with Twilio. */
export async function form(c: Context): Promise<URLSearchParams> {
	const isForm = c.req.header('content-type')?.startsWith('application/x-www-form-urlencoded');
	return new URLSearchParams(isForm ? await c.req.text() : '');
}

/** The row that a path like /Messages/SM….json names. Throws 20404 when there is none. */
export function findPath<Row>(
	request: { path: string; param(name: string): string | undefined },
	look: (sid: string) => Row | undefined
): Row {
	const file = request.param('file') ?? '';
	const row = file.endsWith('.json') ? look(file.slice(0, -'.json'.length)) : undefined;
	if (!row) throw new Refusal(20404, request.path);
	return row;
}

/** Whether this is an address that a webhook could be sent to. */
export function httpUrl(raw: string): boolean {
	const url = URL.parse(raw);
	return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}
