import type { BillingInterval, Plan } from '#core/billing.ts';
import { dollars, priceParts } from '#core/money.ts';
import { limitMeters, type Meter } from './limits.ts';
import { day, price, priceOf } from './words.ts';

type Usage = {
	members: number;
	numbers: number;
	segments: number;
	most: { segments: number; numbers: number; members: number };
	is_granted: boolean;
	granted_until: string | null;
};
type Subscription = {
	billing_interval: BillingInterval;
	current_period_end: string | null;
	cancel_at_period_end: boolean;
};

/** An organization's plan as its page shows it: everything in words, so that no script has to find them. */
export type PlanWords = {
	name: string;
	/** "$19 a month"; '' where nobody pays. */
	price: string;
	/** "Ends 30 November 2026", while it is cancelled. */
	ends: string | null;
	/** Until when it is paid, or given. */
	until: string | null;
	isCancelled: boolean;
	isSubscribed: boolean;
	meters: Meter[];
};

export function planWords(plan: Plan, usage: Usage, subscription: Subscription | null, timeZone: string): PlanWords {
	const paidUntil = subscription?.current_period_end ? day(subscription.current_period_end, timeZone) : '';
	const isCancelled = subscription?.cancel_at_period_end ?? false;
	const renews = paidUntil && !isCancelled ? `Renews on ${paidUntil}.` : null;
	const given = usage.granted_until ? `It ends on ${day(usage.granted_until, timeZone)}.` : null;
	const unpaid = usage.is_granted ? 'given by the platform' : '';
	return {
		name: plan.name,
		price: subscription ? priceOf(plan, subscription.billing_interval) : unpaid,
		ends: isCancelled ? `Ends ${paidUntil}` : null,
		until: subscription ? renews : given,
		isCancelled,
		isSubscribed: subscription !== null,
		meters: limitMeters([
			{ name: 'segments', used: usage.segments, most: usage.most.segments },
			{ name: 'numbers', used: usage.numbers, most: usage.most.numbers },
			{ name: 'members', used: usage.members, most: usage.most.members }
		])
	};
}

/** What is in a wallet, in words. */
export function walletWords(wallet: { balance_micros: number; held_micros: number; credit_micros: number }) {
	return {
		...priceParts(wallet.balance_micros),
		isLow: wallet.balance_micros < 0,
		held: wallet.held_micros > 0 ? dollars(wallet.held_micros) : null,
		/** ", down to $50 below zero"; '' where it may not go there. */
		credit: wallet.credit_micros > 0 ? `, down to ${price(wallet.credit_micros)} below zero` : ''
	};
}

type AutoTopUp = {
	threshold_micros: number;
	amount_micros: number;
	monthly_ceiling_micros: number;
	pause_reason: 'failed' | 'needs_action' | null;
};

/** How a wallet fills itself, in words and as it was typed; null: it does not. */
export function autoWords(auto: AutoTopUp | null) {
	if (!auto) return null;
	const amount = (micros: number) => ({ says: dollars(micros), typed: String(micros / 1_000_000) });
	const rests = auto.pause_reason === 'failed' ? 'the card was declined' : 'the bank wanted to hear from you';
	return {
		threshold: amount(auto.threshold_micros),
		amount: amount(auto.amount_micros),
		ceiling: amount(auto.monthly_ceiling_micros),
		/** Why it rests. */
		rests: auto.pause_reason && rests
	};
}
