import { webhookTroubles, type WebhookTrouble } from '#core/webhooks.ts';

type Delivery = {
	id: string;
	event_id: string;
	event_type: string;
	status: 'waiting' | 'delivered' | 'parked';
	attempts: number;
	next_attempt_at: string;
	last_status: number | null;
	last_failure: string | null;
	created_at: string;
};
type Attempt = {
	id: string;
	address: string | null;
	status: number | null;
	failure: string | null;
	duration_ms: number;
	answer: string | null;
	created_at: string;
};

/** A moment as the log says it: "22 Nov 2026, 16:03:07", in the person's own time zone. */
export function moment(at: string, timeZone: string): string {
	return new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone }).format(new Date(at));
}

/**
 * What was sent, as the log shows it, in words: the server says them, so that browsers need nothing to know when and why.
 * `href` opens it, or closes it where it is open.
 */
export function rowOf(delivery: Delivery, timeZone: string, href: string) {
	const { id, event_id, event_type, status, created_at: at } = delivery;
	const [when, outcome] = [moment(at, timeZone), outcomeOf(delivery, timeZone)];
	return { id, event_id, event_type, status, at, when, outcome, href };
}
export type Row = ReturnType<typeof rowOf>;

/** An attempt as the log shows it. */
export function attemptOf(attempt: Attempt, timeZone: string) {
	const { id, address, duration_ms, answer, created_at: at } = attempt;
	return {
		...{ id, answer, at },
		when: moment(at, timeZone),
		says: sentenceOf(attempt),
		took: `${String(duration_ms)} ms${address ? `, ${address}` : ''}`
	};
}
export type AttemptRow = ReturnType<typeof attemptOf>;

function sentenceOf({ failure, status }: Attempt): string {
	if (failure === null) return `Taken, ${String(status)}.`;
	const says = webhookTroubles[failure as WebhookTrouble];
	return status === null ? says : `${says} It was ${String(status)}.`;
}

function outcomeOf(delivery: Delivery, timeZone: string): string {
	const { status, attempts, last_status, last_failure, next_attempt_at } = delivery;
	const why = last_failure ? ` (${last_status ?? last_failure})` : '';
	if (status === 'delivered') return `Delivered${attempts > 1 ? ` at attempt ${String(attempts)}` : ''}`;
	if (status === 'parked') return `Given up${why}`;
	if (attempts === 0) return 'Waits';
	return `Waits since attempt ${String(attempts)}${why}, again ${moment(next_attempt_at, timeZone)}`;
}
