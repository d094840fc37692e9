import { numberCapabilities, numberTypes, type Capability, type NumberType } from '#core/number-catalogue.ts';

/** What numbers somebody looks for, as the address of the page says it. */
export type NumberWish = {
	/** Empty: wherever the organization is. */
	country: string;
	type: NumberType | null;
	/** As it was typed: *PIZZA. */
	contains: string;
	/** An area code or a place. */
	near: string;
	can: readonly Capability[];
	/** Where the list goes on. */
	cursor: string | null;
};

/** Reads it; what cannot be understood is left out. Without any capability named, texts are what numbers are for. */
export function wishIn(query: URLSearchParams): NumberWish {
	const said = (name: string) => query.get(name)?.trim() ?? '';
	const can = numberCapabilities.filter((capability) => query.getAll('can').includes(capability));
	const country = said('country').toUpperCase();
	return {
		country: /^[A-Z]{2}$/.test(country) ? country : '',
		type: numberTypes.find((type) => type === said('type')) ?? null,
		contains: said('contains').slice(0, 40),
		near: said('near').slice(0, 60),
		can: query.size === 0 || (can.length === 0 && !query.has('asked')) ? ['sms'] : can,
		cursor: query.get('cursor')
	};
}

/** Its address, behind the page's: with a question mark. */
export function addressOf(wish: NumberWish, change: Partial<NumberWish> = {}): string {
	const { country, type, contains, near, can, cursor } = { ...wish, cursor: null, ...change };
	const query = new URLSearchParams();
	if (country) query.set('country', country);
	if (type) query.set('type', type);
	if (contains) query.set('contains', contains);
	if (near) query.set('near', near);
	for (const capability of can) query.append('can', capability);
	if (can.length === 0) query.set('asked', '');
	if (cursor) query.set('cursor', cursor);
	return `?${query}`;
}
