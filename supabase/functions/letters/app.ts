import { Hono } from 'hono';
import { Failure } from '../_shared/core/failures.ts';
import type { Database } from '../_shared/database.ts';
import type { Log } from '../_shared/http/log.ts';
import { answerErrors, problem } from '../_shared/http/problem.ts';
import { requestId, type WithRequestId } from '../_shared/http/request-id.ts';

export type Parts = {
	env: Readonly<Record<string, string | undefined>>;
	database: Pick<Database, 'unsubscribe'>;
	log: Log;
};

/**
 * What readers' mail programs tell us: `POST /letters/unsubscribe/:token` ends letters without another question (RFC 8058), which
 * the app cannot hear, since it takes forms from its own pages only. Whoever opens the address is led to the page that asks:
 * programs that look at links ahead of their reader end nothing.
 */
export function createApp({ env, database, log }: Parts): Hono<WithRequestId> {
	const app = new Hono<WithRequestId>().basePath('/letters');
	app.use(requestId(log));
	app.onError(answerErrors(log));
	app.notFound(() => problem('not_found'));
	app.post('/unsubscribe/:token', async (c) => {
		const ended = await database.unsubscribe(c.req.param('token'));
		if (!ended) throw new Failure('not_found');
		return c.body(null, 204);
	});
	app.get('/unsubscribe/:token', (c) => {
		const page = new URL('unsubscribe', `${(env.APP_URL ?? '').replace(/\/$/, '')}/`);
		page.searchParams.set('token', c.req.param('token'));
		return c.redirect(page.href, 303);
	});
	return app;
}
