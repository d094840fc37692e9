/**
 * The Pricing API, which Twilio has on a host of its own: https://www.twilio.com/docs/phone-numbers/pricing and
 * https://www.twilio.com/docs/messaging/api/pricing
 */
import { Hono, type Context } from 'hono';
import type { NumberType } from '#core/number-catalogue.ts';
import { countries, findCountry } from '../catalogue/countries.ts';
import type { Country } from '../catalogue/kinds.ts';
import { Refusal } from './errors.ts';
import { placeIn } from './paging.ts';
import type { Faulty, RestEnv } from './request.ts';

// one word at the numbers' prices, another at the texts'
const monthlyName: Readonly<Record<NumberType, string>> = { local: 'local', mobile: 'mobile', toll_free: 'toll free' };
const textName: Readonly<Record<NumberType, string>> = { local: 'local', mobile: 'mobile', toll_free: 'toll-free' };

export function createPricing(faulty: Faulty): Hono<RestEnv> {
	const app = new Hono<RestEnv>();
	const both = [
		['PhoneNumbers', presentNumbers],
		['Messaging', presentTexts]
	] as const;
	for (const [name, present] of both) {
		app.get(`/${name}/Countries`, faulty('pricing.list'), (c) => answerList(c, name));
		app.get(`/${name}/Countries/:iso`, faulty('pricing.fetch'), (c) => {
			const country = findCountry(c.req.param('iso'));
			if (!country) throw new Refusal(20404, c.req.path);
			return c.json({ ...describe(country, urlOf(c, name)), price_unit: 'USD', ...present(country) });
		});
	}
	return app;
}

function answerList(c: Context, name: string): Response {
	const { size, page } = placeIn(new URL(c.req.url).searchParams);
	const url = urlOf(c, name);
	const at = (to: number) => `${url}?PageSize=${size}&Page=${to}`;
	const shown = countries.slice(page * size, (page + 1) * size);
	return c.json({
		countries: shown.map((country) => describe(country, url)),
		meta: {
			first_page_url: at(0),
			key: 'countries',
			next_page_url: countries.length > (page + 1) * size ? at(page + 1) : null,
			page,
			page_size: size,
			previous_page_url: page > 0 ? at(page - 1) : null,
			url: at(page)
		}
	});
}

function urlOf(c: Context, name: string): string {
	return `https://pricing.twilio.com${c.req.path.slice(0, c.req.path.indexOf(name))}${name}/Countries`;
}

function describe({ iso, name }: Country, url: string): object {
	return { country: name, iso_country: iso, url: `${url}/${iso}` };
}

function presentNumbers({ kinds }: Country): object {
	return {
		phone_number_prices: Object.entries(kinds).map(([type, { price }]) => ({
			base_price: price,
			current_price: price,
			number_type: monthlyName[type as NumberType]
		}))
	};
}

function presentTexts({ kinds, outbound }: Country): object {
	const priceOf = (type: NumberType, price: string) => ({
		base_price: price,
		current_price: price,
		number_type: textName[type]
	});
	return {
		inbound_sms_prices: (Object.entries(kinds) as [NumberType, { inbound: string; capabilities: readonly string[] }][])
			.filter(([, { capabilities }]) => capabilities.includes('sms'))
			.map(([type, { inbound }]) => priceOf(type, inbound)),
		outbound_sms_prices: outbound.map(([carrier, mcc, mnc, price]) => ({
			carrier,
			mcc,
			mnc,
			prices: (['local', 'mobile', 'toll_free'] as const).map((type) => priceOf(type, price))
		}))
	};
}
