import { failures, isSlug } from '#core/failures.ts';
import { dollars } from '#core/money.ts';
import type { NumberOrder } from '#core/number-orders.ts';

export type Step = { name: string; says: string; at: string | null; state: 'done' | 'now' | 'open' | 'failed' };

/** The last part of its id: enough for people to name an order by. */
export function shortOf({ id }: Pick<NumberOrder, 'id'>): string {
	return id.slice(-8);
}

/** Where an order stands, step by step. */
export function stepsOf(order: NumberOrder): Step[] {
	const { status, created_at, provisioning_at, doubted_at, ended_at, total_micros } = order;
	const money = dollars(total_micros);
	const isEnded = ended_at !== null;
	const held: Step = {
		name: `${money} held in your wallet`,
		says: 'Nothing is spent until the number is yours.',
		at: created_at,
		state: 'done'
	};
	const asked: Step = {
		name: provisioning_at ? 'Asked the carrier for exactly this number' : 'Asking the carrier for exactly this number',
		says: `Under order ${shortOf(order)}, so that asking again cannot buy it twice.`,
		at: provisioning_at,
		state: provisioning_at ? (isEnded || doubted_at ? 'done' : 'now') : 'now'
	};
	const looking: Step[] = doubted_at
		? [
				{
					name: isEnded
						? 'No answer, so we looked at the carrier’s side'
						: 'No answer yet, looking at the carrier’s side',
					says: 'If the number is there, it is yours in a moment. If not, we ask once more.',
					at: doubted_at,
					state: isEnded ? 'done' : 'now'
				}
			]
		: [];
	const end: Step =
		status === 'released'
			? { name: 'Not bought', says: `The ${money} is back in your wallet.`, at: ended_at, state: 'failed' }
			: {
					name: `Number active, ${money} paid`,
					says: 'The receipt goes to you by e-mail.',
					at: ended_at,
					state: status === 'active' ? 'done' : 'open'
				};
	return [held, ...(provisioning_at || !isEnded ? [asked] : []), ...looking, end];
}

/** How it ended, in a sentence: for a released one, why. */
export function endingOf({ reason }: Pick<NumberOrder, 'reason'>): string {
	const slug = reason ?? '';
	return isSlug(slug) ? failures[slug].says : failures.number_refused.says;
}
