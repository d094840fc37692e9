/** Refusals about webhooks to developers. */
export const webhookFailures = {
	webhook_url_invalid: {
		status: 422,
		says: 'An address begins with https:// and holds no password. Nothing was changed.'
	},
	webhook_events_invalid: { status: 422, says: 'Choose what the address is to be told of. Nothing was changed.' },
	webhooks_too_many: {
		status: 409,
		says: 'An organization has at most 20 addresses. Delete one that is not used any more first.'
	},
	webhook_disabled: { status: 409, says: 'This address is switched off. Switch it on first. Nothing was sent.' }
} as const;
