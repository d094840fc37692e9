import { limitEnds, limitWords, type LimitReached } from '../core/limits.ts';
import { keptFor } from '../core/retention.ts';
import { amount, missing, moment, text, type Details, type Surroundings, type Write } from './details.ts';
import { frame, named, type Words } from './frame.ts';

/** Letters about plans and payments, to everybody who may do something about it. All are told {organization_name, slug}. */
export const billingNotices: Readonly<Record<string, Write>> = {
	/** {grace_ends_at} */
	payment_failed: (details, surroundings) =>
		letter(details, surroundings, {
			subject: `The payment for ${organizationOf(details)} failed`,
			heading: 'The payment for the plan failed',
			says: [
				`The card of ${organizationOf(details)} was not accepted. The plan stays as it is until ${moment(details.grace_ends_at, surroundings.timeZone)}.`,
				'Pay the open invoice or choose another card until then. Otherwise the organization goes on with Free. No contacts or numbers are deleted by that, and texts that Free does not keep stay for at least 30 days more.'
			],
			button: 'Pay the invoice'
		}),

	/** {grace_ends_at} */
	payment_owed: (details, surroundings) =>
		letter(details, surroundings, {
			subject: `The plan of ${organizationOf(details)} ends soon`,
			heading: `The plan ends on ${moment(details.grace_ends_at, surroundings.timeZone)}`,
			says: [
				`A payment of ${organizationOf(details)} is still open. If it does not come until then, the organization goes on with Free.`
			],
			button: 'Pay the invoice'
		}),

	payment_came: (details, surroundings) =>
		letter(details, surroundings, {
			subject: `The payment for ${organizationOf(details)} came in`,
			heading: 'The payment came in',
			says: [`Thank you. The plan of ${organizationOf(details)} goes on as before; nothing was interrupted.`],
			button: 'See the invoices'
		}),

	/** {plan_name} */
	plan_ended: (details, surroundings) =>
		letter(details, surroundings, {
			subject: `${organizationOf(details)} has the Free plan now`,
			heading: `The plan ${text(details.plan_name)} has ended`,
			says: [
				`${organizationOf(details)} goes on with Free. Everything that is there stays there; what Free does not include cannot be added to.`
			],
			button: 'See the plans'
		}),

	/** {amount_micros} */
	auto_top_up_failed: (details, surroundings) =>
		letter(details, surroundings, {
			subject: `The wallet of ${organizationOf(details)} was not topped up`,
			heading: 'The card was declined',
			says: [
				`The wallet of ${organizationOf(details)} ran low, and ${amount(details.amount_micros)} could not be charged. Nothing was paid.`,
				'Automatic top-up rests until somebody switches it on again. Texts cost as usual while there is money in the wallet.'
			],
			button: 'See the wallet'
		}),

	/** {amount_micros} */
	auto_top_up_needs_action: (details, surroundings) =>
		letter(details, surroundings, {
			subject: `A bank asks about ${organizationOf(details)}`,
			heading: 'The bank wants to hear from you',
			says: [
				`The wallet of ${organizationOf(details)} ran low. Before ${amount(details.amount_micros)} is charged, the bank wants the card’s owner to confirm it.`,
				'Until then nothing is paid, and automatic top-up rests.'
			],
			button: 'Confirm the payment'
		}),

	/** {ceiling_micros} */
	auto_top_up_ceiling: (details, surroundings) =>
		letter(details, surroundings, {
			subject: `The wallet of ${organizationOf(details)} reached its monthly ceiling`,
			heading: 'The monthly ceiling is reached',
			says: [
				`The wallet of ${organizationOf(details)} is low, and topping it up by itself would go beyond ${amount(details.ceiling_micros)} this month.`,
				'Top up by hand, or raise the ceiling. Next month it goes on by itself.'
			],
			button: 'See the wallet'
		}),

	/** {limit_name, percent, used, most, stops, of_cap} */
	limit_near: (details, { appUrl }) => {
		const reached = asLimit(details);
		return frame({
			subject: `${organizationOf(details)}: ${reached.percent}% of a limit of ${reached.of_cap ? 'your own' : 'the plan'}`,
			heading: `${limitWords(reached)}`,
			says: [
				`That is ${organizationOf(details)}. ${limitEnds(reached)}`,
				reached.of_cap
					? 'You can change it, or take it away, under Settings, Usage.'
					: 'A larger plan has more of it. You see the difference in price before you decide.'
			],
			button: { label: 'See the usage', url: `${appUrl}/${encodeURIComponent(text(details.slug))}/settings/usage` },
			aside: 'You get this because you may decide about the money of this organization. Each step is told once.'
		});
	},

	/** {days, applies_at} */
	plan_retention: (details, surroundings) =>
		letter(details, surroundings, {
			subject: `Older texts of ${organizationOf(details)} will be removed`,
			heading: 'Older texts will be removed',
			says: [
				`The plan of ${organizationOf(details)} keeps texts for ${keptFor(Number(details.days))}. From ${moment(details.applies_at, surroundings.timeZone)} on, the words and files of older ones are removed every night, for good.`,
				'A larger plan keeps them longer. That there was a text, when, and with whom stays to be seen.'
			],
			button: 'See the plan'
		})
};

function asLimit({ limit_name, percent, used, most, stops, of_cap }: Details): LimitReached {
	const count = (value: unknown) => (typeof value === 'number' ? value : missing('number'));
	return {
		...{ limit_name: text(limit_name), percent: count(percent), used: count(used), most: count(most) },
		...{ stops: stops === true, of_cap: of_cap === true }
	};
}

function organizationOf({ organization_name }: Details): string {
	return named(text(organization_name));
}

function letter(
	{ slug }: Details,
	{ appUrl }: Surroundings,
	words: Omit<Words, 'aside' | 'button'> & { button: string }
) {
	return frame({
		...words,
		button: { label: words.button, url: `${appUrl}/${encodeURIComponent(text(slug))}/settings/billing` },
		aside: 'You get this because you may decide about the money of this organization.'
	});
}
