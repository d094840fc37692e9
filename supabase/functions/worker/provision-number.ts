import type { Carrier, CarrierNumber } from '../_shared/carriers/port.ts';
import type { Slug } from '../_shared/core/failures.ts';
import { isOver, orderNameOf, patienceMilliseconds, settledMilliseconds } from '../_shared/core/number-orders.ts';
import type { Database, Job } from '../_shared/database.ts';
import type { BegunOrder } from '../_shared/database-orders.ts';
import { giveBack, retry, type Ending } from './send-text.ts';

export type ProvisionParts = {
	database: Database;
	carrier: Carrier;
	/** Where the number's texts go, and what becomes of those from it. */
	inboundUrl: string;
	statusUrl: string;
	now: () => Date;
	/** From 0 to 1, 1 excluded. */
	chance: () => number;
};

/** How soon the carrier is looked at again while an answer is missing. */
const lookAgainSeconds = 2;

/**
 * Buys the number of an order. Whatever happens in between (a crash, a lost answer, a second worker), the carrier sells it
 * once, under the order's name: a request whose outcome is unknown is looked up before there is another. It ends as paid and
 * owned, or as neither. An order that has ended already is looked at once more: what the carrier sold too late goes back.
 */
export async function provisionNumber(job: Job, parts: ProvisionParts): Promise<Ending> {
	const { database, carrier } = parts;
	const orderId = job.payload.order_id;
	if (typeof orderId !== 'string') {
		await database.failJob(job, 'the job names no order', null);
		return { outcome: 'parked', error: 'the job names no order' };
	}
	let order = await database.beginNumberOrder(orderId, job);
	if (!order) return complete(job, parts, 'nothing_to_buy');
	if (isOver(order.status)) {
		const late = order.status === 'released' ? await carrier.findNumber(orderNameOf(orderId)) : null;
		if (late) await carrier.releaseNumber(late.carrierNumberId);
		return complete(job, parts, late ? 'given_back' : 'nothing_to_buy');
	}
	if (order.asked_at) {
		const found = await carrier.findNumber(orderNameOf(orderId));
		if (found) return conclude(job, parts, order, found);
		if (parts.now().getTime() - Date.parse(order.asked_at) < settledMilliseconds) {
			return giveBack(job, parts, 'the carrier does not have the number yet', lookAgainSeconds);
		}
		await database.clearNumberOrder(orderId);
		if (isTooLate(order, parts)) return release(job, parts, order, 'carrier_unavailable', null);
		// it never arrived: from here on this is a first request again
		order = await database.beginNumberOrder(orderId, job);
		if (!order || isOver(order.status)) return giveBack(job, parts, 'the order has changed', lookAgainSeconds);
	}
	return buy(job, parts, order);
}

async function buy(job: Job, parts: ProvisionParts, order: BegunOrder): Promise<Ending> {
	const { database, carrier, inboundUrl, statusUrl } = parts;
	const orderName = orderNameOf(order.order_id);
	const nothingElse = { addressId: null, bundleId: null };
	const purchase = await carrier.buyNumber({ number: order.e164, orderName, inboundUrl, statusUrl, ...nothingElse });
	switch (purchase.outcome) {
		case 'bought':
			return conclude(job, parts, order, purchase.number);
		case 'refused': {
			// sold, perhaps, to this very order, by a request that was given up for lost
			const found = await carrier.findNumber(orderName);
			if (found) return conclude(job, parts, order, found);
			return release(job, parts, order, purchase.slug ?? 'number_refused', purchase.code);
		}
		case 'not_taken':
			await database.clearNumberOrder(order.order_id);
			if (isTooLate(order, parts)) return release(job, parts, order, 'carrier_unavailable', null);
			return retry(job, parts, purchase.error, purchase.retryAfterSeconds);
		case 'unknown':
			await database.doubtNumberOrder(order.order_id);
			return giveBack(job, parts, purchase.error, lookAgainSeconds);
	}
}

/** The carrier has given the number to this order. */
async function conclude(job: Job, parts: ProvisionParts, order: BegunOrder, number: CarrierNumber): Promise<Ending> {
	const { database, carrier } = parts;
	const { outcome } = await database.completeNumberOrder(order.order_id, number);
	if (outcome === 'active' || outcome === 'unchanged') return complete(job, parts, 'bought');
	// it was given up meanwhile, or is somebody's here: nobody pays for it
	await carrier.releaseNumber(number.carrierNumberId);
	if (outcome === 'conflict') return release(job, parts, order, 'number_sold', null);
	return complete(job, parts, 'given_back');
}

async function release(
	job: Job,
	{ database }: ProvisionParts,
	order: BegunOrder,
	reason: Slug,
	code: string | null
): Promise<Ending> {
	await database.releaseNumberOrder(order.order_id, reason, code);
	await database.completeJob(job);
	return { outcome: 'released', error: reason };
}

function isTooLate(order: BegunOrder, { now }: ProvisionParts): boolean {
	return now().getTime() - Date.parse(order.created_at) > patienceMilliseconds;
}

async function complete(job: Job, { database }: ProvisionParts, outcome: string): Promise<Ending> {
	await database.completeJob(job);
	return { outcome };
}
