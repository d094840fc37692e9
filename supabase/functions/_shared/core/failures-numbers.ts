/** Refusals about finding, buying and owning numbers. */
export const numberFailures = {
	number_sold: { status: 409, says: 'Somebody else took this number first. You paid nothing; choose another one.' },
	number_documents_missing: {
		status: 422,
		says: 'This number needs an address or documents that are not there yet. Nothing was bought.'
	},
	number_search_invalid: {
		status: 422,
		says: 'Numbers cannot be searched like this. Use two or more digits or letters, with * before or after them.'
	},
	number_offer_gone: {
		status: 409,
		says: 'This offer is over an hour old. Nothing was bought; look at the number once more.'
	},
	number_price_changed: {
		status: 409,
		says: 'The price of this number has changed. Nothing was bought; look at the new one first.'
	},
	number_key_reused: {
		status: 422,
		says: 'This key was used for another number before. Nothing was bought; use a new key.'
	},
	number_frozen: {
		status: 409,
		says: 'This number was not renewed, so nothing goes out from it. Your text was not sent; renew the number first.'
	},
	number_released: {
		status: 409,
		says: 'This number was given back. Its texts are kept, but none can be sent from it. Yours was not sent.'
	},
	number_differs: {
		status: 422,
		says: 'This is not the number that would be cancelled. Nothing was changed; check its digits.'
	},
	number_label_invalid: {
		status: 422,
		says: 'Give the number a label of 1 to 40 characters and one of the eight colours.'
	},
	number_refused: { status: 409, says: 'The carrier does not give this number away. You paid nothing.' },
	carrier_unavailable: { status: 503, says: 'The carrier does not answer. Nothing was bought; try again in a moment.' }
} as const satisfies Readonly<Record<string, { status: number; says: string }>>;
