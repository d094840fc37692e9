/** Refusals about how many requests the API takes. */
export const limitFailures = {
	sending_stopped: {
		status: 403,
		says: 'Our support has stopped what your organization sends. Nothing was sent; its owners have the reason by e-mail.'
	},
	recipients_held: {
		status: 403,
		says: 'For now your organization can only text people it has texted with before. Nothing was sent; its owners have the reason by e-mail.'
	},
	limits_not_verified: {
		status: 409,
		says: 'Twice as many requests are for organizations whose owner has confirmed an e-mail address, that have paid once, and that were not suspended for 90 days.'
	},
	limits_doubled_already: {
		status: 409,
		says: 'The limits were doubled within a month already. Nothing was changed.'
	}
} as const;
