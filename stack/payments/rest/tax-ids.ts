/** https://docs.stripe.com/api/tax_ids, a customer's */
import * as z from 'zod';
import { newId, type Records } from '../records.ts';
import type { Thing } from '../store.ts';
import { found, read, text, type Call, type Route } from './call.ts';
import type { Customer } from './customers.ts';
import { invalid } from './errors.ts';
import { answerList, equals, listShape } from './lists.ts';

export type TaxId = Thing & { customer: string; deleted?: true; type: string; value: string };

/** The forms that are checked; https://docs.stripe.com/billing/customer/tax-ids#supported-tax-id has all of them. */
const forms: Record<string, RegExp> = {
	au_abn: /^\d{11}$/,
	ca_bn: /^\d{9}$/,
	ch_vat: /^CHE-?\d{3}\.?\d{3}\.?\d{3} ?(MWST|TVA|IVA)$/,
	eu_vat: /^[A-Z]{2}[0-9A-Z+*]{2,12}$/,
	gb_vat: /^(XI|GB)\d{9}(\d{3})?$/,
	us_ein: /^\d{2}-?\d{7}$/
};

export const taxIds: Route[] = [
	{ method: 'POST', path: '/customers/:id/tax_ids', name: 'tax_ids.create', answer: create },
	{
		method: 'GET',
		path: '/customers/:id/tax_ids',
		name: 'tax_ids.list',
		answer: (call) => {
			const asked = read(call, z.strictObject(listShape));
			found(call.records, 'customer', call.id);
			return answerList(call, 'tax_id', asked, equals('customer', call.id));
		}
	},
	{
		method: 'GET',
		path: '/customers/:id/tax_ids/:part',
		name: 'tax_ids.retrieve',
		answer: (call) => {
			read(call, z.strictObject({}));
			return owned(call);
		}
	},
	{
		method: 'DELETE',
		path: '/customers/:id/tax_ids/:part',
		name: 'tax_ids.delete',
		answer: (call) => {
			read(call, z.strictObject({}));
			const { id, object } = owned(call);
			call.records.tell('customer.tax_id.deleted', owned(call));
			call.records.store.run('delete from objects where id = ?', id);
			return { id, object, deleted: true };
		}
	}
];

function create(call: Call): TaxId {
	const { type, value } = read(call, z.strictObject({ type: text, value: text }));
	const { records } = call;
	found<Customer>(records, 'customer', call.id);
	if (!/^[a-z]{2,3}_[a-z0-9_]{2,10}$/.test(type)) throw invalid(`Invalid type: ${type}`, { param: 'type' });
	if (forms[type] && !forms[type].test(value)) {
		throw invalid(`Invalid value for ${type}.`, { code: 'tax_id_invalid', param: 'value' });
	}
	const [prefix = ''] = type.split('_');
	return records.add<TaxId & Record<string, unknown>>(
		{
			id: newId('txi'),
			object: 'tax_id',
			...{ country: (prefix === 'eu' ? value.slice(0, 2) : prefix).toUpperCase(), customer_account: null },
			created: records.at(),
			customer: call.id,
			...{ livemode: false, owner: { customer: call.id, customer_account: null, type: 'customer' } },
			type,
			value,
			verification: { status: verified(type, value), verified_address: null, verified_name: null }
		},
		'customer.tax_id.created'
	);
}

/** Stripe's test values; the others are found at once. https://docs.stripe.com/billing/customer/tax-ids#test-tax-id-validation-webhooks */
function verified(type: string, value: string): string {
	if (!['eu_vat', 'gb_vat'].includes(type)) return 'unavailable';
	if (value.endsWith('111111111')) return 'unverified';
	return value.endsWith('222222222') ? 'pending' : 'verified';
}

function owned({ records, id, part }: Call): TaxId {
	const known = found<TaxId>(records, 'tax_id', part);
	return known.customer === id ? known : found<TaxId>(records, 'tax_id', '');
}

/** A customer's, the oldest first. */
export function taxIdsOf({ store }: Pick<Records, 'store'>, customer: string): TaxId[] {
	return store.list<TaxId>({ kind: 'tax_id', where: equals('customer', customer), limit: 20 }).reverse();
}
