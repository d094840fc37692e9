/** Where a text stands, from our side. `received` is the only status of an inbound text. */
export const statuses = ['received', 'queued', 'sending', 'sent', 'delivered', 'failed', 'cancelled'] as const;

export type Status = (typeof statuses)[number];

// Receipts come late, twice and out of order: a status only moves forward, and the first final one stays.
const next: Readonly<Record<Status, readonly Status[]>> = {
	received: [],
	queued: ['sending', 'sent', 'delivered', 'failed', 'cancelled'],
	// cancelled: an automatic reply that the carrier gave itself
	sending: ['sent', 'delivered', 'failed', 'cancelled'],
	sent: ['delivered', 'failed'],
	delivered: [],
	failed: [],
	cancelled: []
};

/** Whether a text may move from one status to another. The database enforces the same table. */
export function mayBecome(from: Status, to: Status): boolean {
	return next[from].includes(to);
}

/** Whether nothing more will happen to a text. */
export function isFinal(status: Status): boolean {
	return next[status].length === 0;
}
