/** The control surface: what is to go wrong, each so many times, and how time passes for a customer. */
import { Hono } from 'hono';
import * as z from 'zod';
import { answerBadInput, parse } from '../carrier/input.ts';
import { advance, newClock, type TestClock } from './clocks.ts';
import { Fault, type Faults } from './faults.ts';
import type { Customer } from './rest/customers.ts';
import type { Subscription } from './subscriptions.ts';
import { person, type PageSettings } from './web.ts';

/** Days to pass for a customer, who from then on has a test clock. */
const Passing = z.strictObject({ customer: z.string().startsWith('cus_'), days: z.number().positive().max(800) });

export function createControl(faults: Faults, { store, work }: PageSettings): Hono {
	const app = new Hono();

	app.post('/faults', async (c) => {
		const fault = await parse(c, Fault);
		faults.add(fault);
		return c.json(fault, 201);
	});

	app.delete('/faults', (c) => {
		faults.clear();
		return c.body(null, 204);
	});

	// a real clock could only be had from the start
	app.post('/clock', async (c) => {
		const { customer: id, days } = await parse(c, Passing);
		const customer = store.find<Customer>(id, 'customer');
		if (!customer) return c.json({ error: 'not_found', message: `No such customer: '${id}'` }, 404);
		const clock = work(person, (records) => {
			const known = customer.test_clock && store.find<TestClock>(customer.test_clock);
			const its = known || newClock(records, records.at(), 'Days that were asked for');
			records.change(customer, { test_clock: its.id });
			const where: [string, string][] = [["body ->> 'customer' = ?", id]];
			for (const subscription of store.list<Subscription>({ kind: 'subscription', where, limit: 1000 })) {
				records.change(subscription, { test_clock: its.id });
			}
			return advance(records, its, its.frozen_time + Math.round(days * 24 * 3600));
		});
		return c.json(clock, 201);
	});

	app.onError(answerBadInput);
	return app;
}
