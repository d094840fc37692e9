/** https://docs.stripe.com/api/setup_intents, as Checkout makes them */
import * as z from 'zod';
import { found, read, type Route } from './call.ts';

export const setupIntents: Route[] = [
	{
		method: 'GET',
		path: '/setup_intents/:id',
		name: 'setup_intents.retrieve',
		answer: (call) => {
			read(call, z.strictObject({}));
			return found(call.records, 'setup_intent', call.id);
		}
	}
];
