/** Refusals about plans and payments. */
export const billingFailures = {
	overage_stopped: {
		status: 402,
		says: 'The plan does not cover this text, and an owner or admin here has sending stop then. Nothing was sent; they can change that under Settings, Usage.'
	},
	spending_capped: {
		status: 402,
		says: 'An owner or admin here allows no more to be spent this month. Nothing was sent or bought; they can change that under Settings, Usage.'
	},
	verifications_capped: {
		status: 409,
		says: 'An owner or admin here allows no more codes a day. Nothing was asked for; they can change that under Settings, Usage.'
	},
	numbers_capped: {
		status: 409,
		says: 'An owner or admin here allows no more numbers than there are. Nothing was bought; they can change that under Settings, Usage.'
	},
	members_capped: {
		status: 409,
		says: 'An owner or admin here allows no more members than there are. Nobody was added; they can change that under Settings, Usage.'
	},
	storage_capped: {
		status: 409,
		says: 'An owner or admin here allows no more room for files. This one was not stored; they can change that under Settings, Usage.'
	},
	cap_too_high: {
		status: 422,
		says: 'You can allow as much as the plan does, and no more. Nothing was changed.'
	},
	top_up_invalid: { status: 422, says: 'Top up between $5 and $2,000. Nothing was charged.' },
	top_up_changed: {
		status: 409,
		says: 'This was opened with another amount before. Nothing was charged; begin again.'
	},
	auto_top_up_invalid: {
		status: 422,
		says: 'Top up $5 to $2,000 at a time, below $1 to $1,000, and no less a month than once. Nothing was changed.'
	},
	payment_method_missing: {
		status: 409,
		says: 'There is no card to charge yet. Top up once by hand: the card is kept then.'
	},
	nothing_to_confirm: { status: 409, says: 'This payment waits for nobody any more. Nothing was charged.' },
	plan_unknown: { status: 422, says: 'Choose one of the plans. Nothing was changed.' },
	already_subscribed: {
		status: 409,
		says: 'This organization has a subscription already. Change its plan instead; nothing was charged.'
	},
	not_subscribed: {
		status: 409,
		says: 'This organization has no subscription. Choose a plan first; nothing was changed.'
	},
	plan_changed_meanwhile: {
		status: 409,
		says: 'The price of this change is not what it was. Nothing was charged; look at it once more.'
	},
	payment_declined: {
		status: 402,
		says: 'The card was declined. Nothing was charged and nothing was changed; try another card.'
	},
	payments_unavailable: {
		status: 503,
		says: 'The payment provider does not answer. What was asked is safe to ask again in a moment.'
	},
	billing_details_invalid: {
		status: 422,
		says: 'The address or the tax id does not look right. Nothing was changed.'
	},
	storage_full: {
		status: 409,
		says: 'The plan has no room for this file. Choose a larger plan, or have older files removed. It was not stored; texts and files still come in.'
	},
	members_full: {
		status: 409,
		says: 'The plan has no room for another member. Choose a larger plan, or remove somebody first.'
	},
	numbers_full: {
		status: 409,
		says: 'The plan has no room for another number. Choose a larger plan, or give a number up first.'
	}
} as const;
