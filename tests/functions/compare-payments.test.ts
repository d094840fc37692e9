import Stripe from 'stripe';
import { expect, test } from 'vitest';
import type { Database, Job } from '../../supabase/functions/_shared/database.ts';
import { comparePayments } from '../../supabase/functions/worker/compare-payments.ts';

const job = { id: 'j', lease: 'l', kind: 'compare_payments', payload: {}, attempts: 1 } as unknown as Job;
const kinds = ['subscription', 'invoice', 'payment_intent'] as const;

/** A worker, the provider behind the official SDK with two pages of subscriptions, and what was asked and kept. */
function worker() {
	const asked: string[] = [];
	const kept: [kind: string, ids: string[], after: string | null][] = [];
	const ended: string[] = [];
	let place: { kind: (typeof kinds)[number]; after: string | null } = { kind: 'subscription', after: null };
	const item = { price: { metadata: { plan: 'pro' }, recurring: { interval: 'month' } }, current_period_start: 1 };
	const subscription = (id: string) => ({
		id,
		customer: 'cus_1',
		status: 'active',
		items: { data: [item] },
		created: 1
	});
	const pages: Record<string, object[]> = {
		'/v1/subscriptions': [subscription('sub_1')],
		'/v1/subscriptions sub_1': [subscription('sub_2')],
		'/v1/invoices': [
			{
				id: 'in_1',
				currency: 'usd',
				customer: 'cus_1',
				status: 'paid',
				total: 1900,
				amount_paid: 1900,
				amount_remaining: 0
			},
			{ id: 'in_2', currency: 'usd', customer: 'cus_1', status: 'draft', total: 1, amount_paid: 0, amount_remaining: 1 }
		].map((invoice) => ({ ...invoice, lines: { data: [] }, created: 1, status_transitions: {} })),
		'/v1/payment_intents': [
			{ id: 'pi_1', currency: 'usd', metadata: { top_up_id: 't1' }, status: 'succeeded', amount_received: 2000 },
			{ id: 'pi_2', currency: 'usd', metadata: {}, status: 'succeeded', amount_received: 1900 }
		]
	};
	const answer = (input: string | URL | Request) => {
		const { pathname, searchParams } = new URL(String(input));
		const after = searchParams.get('starting_after');
		asked.push(`${pathname} ${searchParams.get('status') ?? searchParams.get('created[gte]')}`);
		const data = pages[after ? `${pathname} ${after}` : pathname];
		return Promise.resolve(
			Response.json({ object: 'list', data, has_more: pathname.endsWith('subscriptions') && !after })
		);
	};
	const stripe = new Stripe('sk_test', {
		...{ telemetry: false, maxNetworkRetries: 0 },
		httpClient: Stripe.createFetchHttpClient(answer as typeof fetch)
	});
	const database = {
		beginPaymentListing: () => Promise.resolve({ ...place, since: '2026-11-01T00:00:00Z' }),
		keepPaymentObjects: (kind: string, objects: { id: string }[], after: string | null) => {
			kept.push([kind, objects.map(({ id }) => id), after]);
			const next = kinds[kinds.indexOf(place.kind) + (after ? 0 : 1)];
			place = { kind: next ?? 'subscription', after };
			return Promise.resolve(next !== undefined);
		},
		compareBooks: () => Promise.resolve({ open: 0, new: 0 }),
		completeJob: () => Promise.resolve(ended.push('completed')),
		continueJob: () => Promise.resolve(ended.push('goes on'))
	} as unknown as Database;
	return { parts: { database, stripe, log() {} }, asked, kept, ended };
}

test('subscriptions, invoices and payments are listed a page at a time, and everything is compared after the last', async () => {
	const { parts, asked, kept, ended } = worker();
	expect(await comparePayments(job, parts)).toMatchObject({ outcome: 'more' });
	expect(await comparePayments(job, parts)).toEqual({ outcome: 'agrees' });
	const since = Date.parse('2026-11-01T00:00:00Z') / 1000;
	expect(asked).toEqual([
		'/v1/subscriptions all',
		'/v1/subscriptions all',
		`/v1/invoices ${since}`,
		`/v1/payment_intents ${since}`
	]);
	expect(kept).toEqual([
		['subscription', ['sub_1'], 'sub_1'],
		['subscription', ['sub_2'], null],
		['invoice', ['in_1'], null],
		['payment_intent', ['pi_1'], null]
	]);
	expect(ended).toEqual(['goes on', 'completed']);
});
