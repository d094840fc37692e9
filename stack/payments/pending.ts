/** Prorations that wait for a subscription's next invoice. https://docs.stripe.com/api/invoiceitems/object */
import type { Line } from './lines.ts';
import { newId, type Records } from './records.ts';
import type { Thing } from './store.ts';

type Pending = Thing & { invoice: string | null; subscription: string };

export function pending(records: Records, subscription: Thing & { customer: string }, line: Line): void {
	const { amount, currency, description, period, quantity } = line;
	const item = {
		id: newId('ii'),
		object: 'invoiceitem',
		...{ amount, currency, description, period, quantity, date: records.at(), proration: true, livemode: false },
		created: records.at(),
		customer: subscription.customer,
		invoice: null,
		subscription: subscription.id
	};
	records.add(item, 'invoiceitem.created', line);
}

/** The lines that wait. */
export function waiting({ store }: Records, { id }: Thing): Line[] {
	return listed(store, id).map((item) => store.hidden<Line>(item.id));
}

/** The lines that wait, which now are that invoice's. */
export function takePending(records: Records, { id }: Thing, invoice: string): Line[] {
	return listed(records.store, id).map((item) => {
		records.change(item, { invoice });
		return records.store.hidden<Line>(item.id);
	});
}

function listed(store: Records['store'], subscription: string): Pending[] {
	return store
		.list<Pending>({
			kind: 'invoiceitem',
			where: [["body ->> 'subscription' = ?", subscription], ["body ->> 'invoice' is null"]],
			limit: 100
		})
		.reverse();
}
