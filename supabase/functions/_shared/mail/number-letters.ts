import { failures, isSlug } from '../core/failures.ts';
import { amount, day, moment, phone, text, type Details, type Surroundings, type Write } from './details.ts';
import { frame, named } from './frame.ts';

/** Letters about numbers that are bought. */
export const numberNotices: Readonly<Record<string, Write>> = {
	/**
	 * The receipt: {organization_name, slug, order_id, e164, place, monthly_micros, setup_micros, ordered_at, renews_at,
	 * phone_number_id}
	 */
	number_bought: (details, surroundings) => {
		const { organization_name, e164, monthly_micros, setup_micros, ordered_at, renews_at } = details;
		const { timeZone } = surroundings;
		const setup = Number(setup_micros) > 0 ? ` and ${amount(setup_micros)} for setting it up` : '';
		return frame({
			subject: `${phone(e164)} is yours`,
			heading: `${phone(e164)} is yours`,
			says: [
				`It belongs to ${named(text(organization_name))} now${placeOf(details)}. Texts to it are in the inbox from now on.`,
				`Paid from the wallet: ${amount(monthly_micros)} for the first month${setup}. Ordered on ${moment(ordered_at, timeZone)}. Order ${text(details.order_id)}.`,
				renews_at
					? `It renews on ${day(renews_at, timeZone)} for ${amount(monthly_micros)} a month.`
					: `It costs ${amount(monthly_micros)} a month.`
			],
			button: { label: 'See the order', url: orderUrl(details, surroundings) },
			aside: 'This is your receipt. Every movement of the wallet stands in its statement.'
		});
	},

	/** {organization_name, slug, order_id, e164, monthly_micros, setup_micros, reason} */
	number_not_bought: (details, surroundings) => {
		const { e164, monthly_micros, setup_micros, reason } = details;
		const slug = text(reason);
		const total = Number(monthly_micros) + Number(setup_micros);
		return frame({
			subject: `${phone(e164)} was not bought`,
			heading: `${phone(e164)} was not bought`,
			says: [
				isSlug(slug) ? failures[slug].says : failures.number_refused.says,
				`The ${amount(total)} that was set aside is back in the wallet of ${named(text(details.organization_name))}.`
			],
			button: { label: 'See the nearest others', url: orderUrl(details, surroundings) },
			aside: 'You get this because you ordered the number.'
		});
	}
};

function placeOf({ place }: Details): string {
	return place ? `, a number of ${named(text(place))}` : '';
}

function orderUrl({ slug, order_id }: Details, { appUrl }: Surroundings): string {
	return `${appUrl}/${encodeURIComponent(text(slug))}/numbers/orders/${encodeURIComponent(text(order_id))}`;
}
