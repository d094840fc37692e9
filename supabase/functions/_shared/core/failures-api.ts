/** Refusals of the developer API's door. */
export const apiFailures = {
	path_unknown: { status: 404, says: 'This API has nothing at this path. What it has stands in /v1/openapi.json.' },
	request_running: {
		status: 409,
		says: 'The same request is being answered right now. Nothing was done twice; ask again in a moment.'
	},
	request_key_reused: {
		status: 422,
		says: 'This Idempotency-Key came with another request before. Nothing was done; use a new key.'
	},
	maintenance: {
		status: 503,
		says: 'The platform is being worked on: everything can be read, and nothing changed for now. This was not done.'
	}
} as const;
