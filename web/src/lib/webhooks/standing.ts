type Endpoint = {
	disabled_at: string | null;
	disabled_reason: 'person' | 'failing' | null;
	failing_since: string | null;
	blocked_until: string | null;
};

/** How an address is, in a chip. */
export function stateOf({ disabled_at, disabled_reason, failing_since }: Endpoint) {
	if (disabled_reason === 'failing') return { tone: 'danger', says: 'Switched off: nobody answered' } as const;
	if (disabled_at) return { tone: 'neutral', says: 'Switched off' } as const;
	if (failing_since) return { tone: 'warning', says: 'Does not answer' } as const;
	return { tone: 'success', says: 'On' } as const;
}

/** What whoever runs it ought to know of that; nothing while all is well. `moment` says when. */
export function concernOf(endpoint: Endpoint, moment: (at: string) => string) {
	const { disabled_at, disabled_reason, failing_since, blocked_until } = endpoint;
	if (disabled_reason === 'failing')
		return {
			tone: 'danger',
			says:
				'Nothing arrived there for three days, so it was switched off. What was not delivered is kept for 30 days: ' +
				'switch it on, then have it sent again below.'
		} as const;
	if (disabled_at)
		return {
			tone: 'info',
			says: 'It is switched off: nothing is told there, and tests are not sent. What waited before still waits.'
		} as const;
	if (!failing_since) return null;
	const next = blocked_until
		? ` The next attempt is at ${moment(blocked_until)}; what happens meanwhile waits, in its order.`
		: '';
	return { tone: 'warning', says: `Nothing has arrived there since ${moment(failing_since)}.${next}` } as const;
}
