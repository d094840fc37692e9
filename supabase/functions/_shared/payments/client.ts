import Stripe from 'stripe';
import { Failure } from '../core/failures.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** In ms: a call that takes longer has an unknown outcome. */
const patience = 10_000;
const attempts = 3;

/**
 * The payment provider as the environment names it: Stripe itself, or what stands at PAYMENTS_URL. The SDK repeats nothing by
 * itself; `ask` does, under our own key.
 */
export function paymentsOf(env: Environment, fetcher: typeof fetch = globalThis.fetch): Stripe {
	const address = env.PAYMENTS_URL ? new URL(env.PAYMENTS_URL) : null;
	const isPlain = address?.protocol === 'http:';
	return new Stripe(env.STRIPE_SECRET_KEY ?? 'sk_missing', {
		telemetry: false,
		maxNetworkRetries: 0,
		timeout: patience,
		httpClient: Stripe.createFetchHttpClient(fetcher),
		...(address && {
			host: address.hostname,
			port: address.port || (isPlain ? 80 : 443),
			protocol: isPlain ? ('http' as const) : ('https' as const)
		})
	});
}

/**
 * Asks the provider. A call whose outcome is unknown (no answer, 5xx, a first one still under way) is asked for again under the
 * same idempotency key, which answers what the first one did; so `call` has to carry one, or to be safe to repeat.
 * Refuses with `payment_declined` for a card, and `payments_unavailable` where nobody knows.
 */
export async function ask<Answer>(call: () => Promise<Answer>): Promise<Answer> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await call();
		} catch (error) {
			if (error instanceof Stripe.errors.StripeCardError) {
				throw new Failure('payment_declined', undefined, { cause: error });
			}
			if (!isUnknown(error)) throw error;
			if (attempt === attempts) throw new Failure('payments_unavailable', undefined, { cause: error });
			await new Promise((done) => setTimeout(done, 200 * 2 ** attempt));
		}
	}
}

/** Whether a call may have been carried out, or was not because too much was asked. */
export function isUnknown(error: unknown): boolean {
	if (!(error instanceof Stripe.errors.StripeError)) return false;
	const { statusCode = 0, code } = error;
	return statusCode === 0 || statusCode >= 500 || statusCode === 429 || code === 'idempotency_key_in_use';
}

/** Whether the provider has no such thing. */
export function isMissing(error: unknown): boolean {
	return error instanceof Stripe.errors.StripeError && error.code === 'resource_missing';
}
