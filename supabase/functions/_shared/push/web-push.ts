import type * as WebPush from 'web-push';
import { backgroundWords } from '../core/background-words.ts';
import type { Told } from '../core/notifications.ts';

export type PushSettings = {
	/** The application server's keys (RFC 8292), base64url; without them nothing is sent. */
	publicKey: string | undefined;
	privateKey: string | undefined;
	/** Whom a push service may write to: `mailto:…` or `https://…`. */
	subject: string | undefined;
	/** Posts to an address that a stranger named; never throws. */
	post: (url: string, headers: Readonly<Record<string, string>>, body: Uint8Array) => Promise<Answer>;
};

/** What was answered; a null status: nothing was, and `trouble` says why. */
type Answer = { status: number | null; trouble: string | null; retryAfter: string | null };

/** A browser, as its push service knows it. */
export type Device = { endpoint: string; p256dh: string; auth: string };

/** How it ended. `gone`: the push service knows the device no more. `refused`: it will say so tomorrow as well. */
export type Pushed =
	| { outcome: 'taken' | 'gone' }
	| { outcome: 'refused'; error: string }
	| { outcome: 'not_taken'; error: string; retryAfterSeconds: number | null };

/** So long a push service keeps what a device that is off has not fetched, in seconds. */
const keptSeconds = 24 * 3600;

/** Devices that are told by their browser's push service, in words that only the browser can read (RFC 8291). */
export function webPush({ publicKey, privateKey, subject, post }: PushSettings) {
	let library: Promise<typeof WebPush> | undefined;

	return {
		async push({ endpoint, p256dh, auth }: Device, told: Told): Promise<Pushed> {
			if (!publicKey || !privateKey || !subject)
				return { outcome: 'refused', error: 'VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY and VAPID_SUBJECT are not set' };
			// only with the first one: texts need none of it
			library ??= import('web-push').then(
				(module) => ('default' in module ? module.default : module) as typeof WebPush
			);
			const { generateRequestDetails } = await library;
			const words = backgroundWords(told);
			let request: WebPush.RequestDetails;
			try {
				request = generateRequestDetails({ endpoint, keys: { p256dh, auth } }, JSON.stringify(words), {
					vapidDetails: { subject, publicKey, privateKey },
					TTL: keptSeconds,
					// what a device that was off has not fetched is replaced by what came after it
					topic: words.tag.replace(/[^A-Za-z0-9_-]|-/g, '').slice(0, 32),
					urgency: 'high'
				});
			} catch (error) {
				// keys that are no keys: no other attempt would read them otherwise
				return { outcome: 'refused', error: error instanceof Error ? error.message : 'the keys are no keys' };
			}
			const { headers, body } = request;
			const asText = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
			return outcomeOf(await post(endpoint, asText, body ?? new Uint8Array()));
		}
	};
}

/** RFC 8030 §5 and §7.3: 404 and 410 say that there is no such subscription (any more). */
function outcomeOf({ status, trouble, retryAfter }: Answer): Pushed {
	if (status === 404 || status === 410) return { outcome: 'gone' };
	if (status !== null && status >= 200 && status < 300) return { outcome: 'taken' };
	const error = status === null ? (trouble ?? 'no answer') : `the push service answered ${status}`;
	const isFinal = status !== null ? status < 500 && status !== 429 && status !== 408 : trouble === 'address';
	if (isFinal) return { outcome: 'refused', error };
	const seconds = retryAfter !== null && /^\d{1,5}$/.test(retryAfter) ? Number(retryAfter) : null;
	return { outcome: 'not_taken', error, retryAfterSeconds: seconds };
}
