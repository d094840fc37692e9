/** https://docs.stripe.com/api/events */
import * as z from 'zod';
import type { StripeEvent } from '../records.ts';
import type { Selection } from '../store.ts';
import type { Webhooks } from '../webhooks.ts';
import { found, read, text, type Route } from './call.ts';
import { invalid } from './errors.ts';
import { answerList, listShape } from './lists.ts';

const Asked = z.strictObject({ ...listShape, type: text.optional(), types: z.array(text).max(20).optional() });

export function events(webhooks: Webhooks): Route[] {
	const present = (event: StripeEvent) => ({ ...event, pending_webhooks: webhooks.pending(event) });
	return [
		{
			method: 'GET',
			path: '/events',
			name: 'events.list',
			answer: (call) => {
				const { type, types, ...asked } = read(call, Asked);
				if (type && types)
					throw invalid('You may only specify one of these parameters: type, types.', { param: 'types' });
				return answerList<StripeEvent>(call, 'event', asked, ofTypes(types ?? (type ? [type] : undefined)), present);
			}
		},
		{
			method: 'GET',
			path: '/events/:id',
			name: 'events.retrieve',
			answer: (call) => {
				read(call, z.strictObject({}));
				return present(found<StripeEvent>(call.records, 'event', call.id));
			}
		}
	];
}

/** A type may end in a star: `charge.*`. */
function ofTypes(types: string[] | undefined): NonNullable<Selection['where']> {
	if (!types) return [];
	// GLOB's own signs other than the star are nothing special in a type
	const patterns = types.map((type) => type.replace(/[[?]/g, '[$&]'));
	return [
		["exists (select 1 from json_each(?) as wanted where body ->> 'type' glob wanted.value)", JSON.stringify(patterns)]
	];
}
