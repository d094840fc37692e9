/** Other buyers: `POST /catalogue/sell` takes a number of the catalogue away, as somebody else's purchase would. */
import { Hono } from 'hono';
import * as z from 'zod';
import { answerBadInput, BadInput, parse } from '../input.ts';
import type { Store } from '../store.ts';
import { findOffered } from './stock.ts';

const Sale = z.strictObject({ number: z.string().max(20) });

export function createMarket(store: Store): Hono {
	const app = new Hono();
	app.onError(answerBadInput);
	app.post('/catalogue/sell', async (c) => {
		const { number } = await parse(c, Sale);
		if (!findOffered(number)) throw new BadInput('number_unknown', 'The catalogue has no such number.');
		if (store.get('select 1 from numbers where number = ?', number)) {
			throw new BadInput('number_owned', 'The account has this number.');
		}
		store.run('insert or ignore into sold (number, sold_at) values (?, ?)', number, Date.now());
		return c.json({ number, sold: true });
	});
	app.delete('/catalogue/sell', (c) => {
		store.run('delete from sold');
		return c.body(null, 204);
	});
	return app;
}
