/** Refusals about API keys. */
export const keyFailures = {
	scope_missing: { status: 403, says: 'This key has no scope for that. Nothing was changed.' },
	key_name_invalid: { status: 422, says: 'Give the key a name of at most 60 characters. Nothing was changed.' },
	key_scopes_invalid: { status: 422, says: 'Choose what the key may do. Nothing was changed.' },
	key_address_invalid: {
		status: 422,
		says: 'An address is like 203.0.113.7, a network like 203.0.113.0/24. Nothing was changed.'
	},
	key_expiry_invalid: { status: 422, says: 'Choose a day that is still to come. Nothing was changed.' },
	key_over: { status: 409, says: 'This key is revoked or has expired. Nothing was changed.' },
	key_rotated: {
		status: 409,
		says: 'This key was rotated already: rotate the one that replaced it. Nothing was changed.'
	},
	recipient_not_test: {
		status: 422,
		says: 'A test key texts only test numbers, which begin with +1 555. Nothing was sent.'
	},
	key_made: { status: 409, says: 'This key was made already, and is shown only once. If it is lost, rotate it.' },
	keys_too_many: {
		status: 409,
		says: 'An organization has at most 100 keys. Revoke one that is not used any more first.'
	}
} as const;
