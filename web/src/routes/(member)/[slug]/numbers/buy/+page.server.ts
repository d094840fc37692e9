import { Failure } from '#core/failures.ts';
import { choicesOf, offeredLine, waysOn } from '#lib/numbers/offered-rows.ts';
import { wishIn } from '#lib/numbers/search-address.ts';
import * as marketplace from '#lib/server/marketplace.ts';
import * as numberOrders from '#lib/server/number-orders.ts';
import * as organizations from '#lib/server/organizations.ts';
import type { PageServerLoad } from './$types';

/** Of each type. */
const pageSize = 20;
/** What is over in a moment: the page says so, and what was looked for stays. */
const passing: readonly string[] = ['carrier_unavailable', 'rate_limited'];

export const load: PageServerLoad = async ({ locals, url }) => {
	const { database, me } = locals;
	const { id, capabilities } = me.organization;
	const asked = wishIn(url.searchParams);
	const wallet = await numberOrders.wallet(database, id, capabilities);
	try {
		const countries = await marketplace.countries(database);
		const wish = { ...asked, country: asked.country || (await homeOf(locals, countries)) };
		const { numbers, next, wrong } = await found(locals, wish);
		return {
			...{ wallet, wish, wrong, trouble: undefined },
			numbers: numbers.map((number) => offeredLine(number, wish)),
			choices: choicesOf(countries, wish),
			ways: waysOn(wish, next)
		};
	} catch (cause) {
		if (!(cause instanceof Failure) || !passing.includes(cause.slug)) throw cause;
		const wish = { ...asked, country: asked.country || 'US' };
		return {
			...{ wallet, wish, wrong: undefined, trouble: cause.slug },
			numbers: [],
			choices: choicesOf([], wish),
			ways: waysOn(wish, null)
		};
	}
};

/** What there is; or what is wrong with the question. */
async function found({ database, me }: App.Locals, wish: marketplace.Wish) {
	try {
		const { numbers, next } = await marketplace.search(database, me.organization.id, wish, pageSize);
		return { numbers, next, wrong: undefined };
	} catch (cause) {
		if (!(cause instanceof Failure) || cause.slug !== 'number_search_invalid') throw cause;
		return { numbers: [], next: null, wrong: cause.says };
	}
}

/** Where the organization is, if numbers are sold there. */
async function homeOf({ database, me }: App.Locals, countries: readonly marketplace.SoldIn[]): Promise<string> {
	const { country_code } = await organizations.inboxSettings(database, me.organization.id);
	return countries.some(({ country }) => country === country_code) ? country_code : 'US';
}
