/**
 * What the fragment of a webhook's URL asks of the connection: timeouts in milliseconds, how often to try again (`rc`) and
 * after which failures (`rp`). https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */
export type Connection = {
	/** How long one attempt may take: to connect (`ct`) and then to be answered (`rt`). */
	patience: number;
	/** How long all attempts may take together (`tt`): none begins later. */
	total: number;
	retries: number;
	policy: ReadonlySet<string>;
};

/** Why an attempt failed, in the words of `rp`: no connection, no answer, or a bad one. */
export type Failure = 'ct' | 'rt' | '4xx' | '5xx';

/** Twilio's own values where the fragment says nothing, or nothing that is allowed: one retry, if it cannot connect. */
export function connectionOf(url: string): Connection {
	const [, fragment = ''] = url.split('#', 2);
	const asked = new URLSearchParams(fragment);
	const number = (name: string, least: number, most: number, usual: number) => {
		const raw = asked.get(name);
		return raw !== null && /^\d{1,9}$/.test(raw) ? Math.min(Math.max(Number(raw), least), most) : usual;
	};
	const total = number('tt', 100, 15_000, 15_000);
	const patience = number('ct', 100, 10_000, 5000) + number('rt', 100, 15_000, 15_000);
	return {
		patience: Math.min(patience, total),
		total,
		retries: number('rc', 0, 5, 1),
		policy: new Set((asked.get('rp') ?? 'ct').split(','))
	};
}

export function isWorthAnother({ policy }: Connection, failure: Failure): boolean {
	return policy.has('all') || policy.has(failure);
}

const noConnection = /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT)$/;

/** What an error of `fetch` was: whether there was a connection at all. */
export function failureOf(error: unknown): Failure {
	const cause = error instanceof Error ? error.cause : undefined;
	const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
	return noConnection.test(code) ? 'ct' : 'rt';
}
