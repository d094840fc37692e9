import { limitAmount } from '#core/limits.ts';
import type { BillingInterval, Plan } from '#core/billing.ts';
import { planPrice } from '#core/billing.ts';
import { dollars } from '#core/money.ts';

const count = (value: number) => value.toLocaleString('en-US');

/** "$19", "$1.15": whole dollars without their cents. */
export function price(micros: number): string {
	return dollars(micros).replace(/\.00$/, '');
}

/** "a month", "a year" */
export function each(interval: BillingInterval): string {
	return interval === 'year' ? 'a year' : 'a month';
}

/** "$19 a month", "Free" */
export function priceOf(plan: Plan, interval: BillingInterval): string {
	const micros = planPrice(plan, interval);
	return micros === 0 ? '$0' : `${price(micros)} ${each(interval)}`;
}

/** Whole years where they are: "1 year", "3 years", "90 days". */
function years(days: number): string {
	if (days % 365 !== 0) return `${days} days`;
	return days === 365 ? '1 year' : `${days / 365} years`;
}

/** What a plan holds, line by line. */
export function linesOf(plan: Plan): string[] {
	return [
		`${count(plan.included_segments)} segments a month included, up to ${price(plan.included_max_micros)} each`,
		plan.max_numbers === 1 ? '1 number' : `${count(plan.max_numbers)} numbers`,
		`${count(plan.max_members)} members`,
		`${count(plan.api_requests_per_minute)} API requests a minute`,
		`${limitAmount('storage', plan.storage_bytes)} of files`,
		plan.retention_days === null ? 'Texts kept as long as you want' : `Texts kept for ${years(plan.retention_days)}`,
		...(plan.credit_micros > 0 ? [`Wallet may go ${price(plan.credit_micros)} below zero`] : [])
	];
}

/** A day as somebody's calendar has it: "30 November 2026". */
export function day(at: string, timeZone: string): string {
	return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone }).format(
		new Date(at)
	);
}

const declined: Readonly<Record<string, string>> = {
	insufficient_funds: 'not enough money on the card',
	expired_card: 'the card has expired',
	no_card: 'there was no card',
	authentication_required: 'the bank wants its owner'
};

/** Why a card was not charged, in words. */
export function whyDeclined(code: string | null): string {
	return (code !== null && declined[code]) || 'the bank declined it';
}
