import { failures, isSlug } from '#core/failures.ts';

/** What a program does about a refusal, by its status. */
const remedies: Readonly<Record<number, string>> = {
	400: 'Mend the request: errors names each field that is wrong or not known. Nothing was done.',
	401: 'Send Authorization: Bearer with a key that is neither revoked nor expired, from an address that it may be used from.',
	402: 'Top up the wallet under Billing, then ask again.',
	403: 'Use a key with the scope that the reference names, or ask somebody with the role for it.',
	404: 'Check the path and the id in it. What belongs to another organization is answered like what does not exist.',
	409: 'Read what is there now and decide anew: something else came first.',
	410: 'It is gone for good.',
	413: 'Send less at once.',
	415: 'Send the body as the reference says, with its content-type.',
	422: 'Change what the sentence names, then ask again.',
	429: 'Wait for as many seconds as Retry-After says: that is enough.',
	500: 'Tell our support the request_id. With an Idempotency-Key it is safe to ask again.',
	503: 'Ask again after as many seconds as Retry-After says.'
};

/** A refusal as it is explained to developers, by the `code` of a problem; null for what is none. */
export function explained(code: string) {
	if (!isSlug(code)) return null;
	const { status, says } = failures[code];
	return { code, status, says, remedy: remedies[status] ?? null };
}

/** All of them, by their statuses. */
export function byStatus() {
	const all = Object.keys(failures).flatMap((code) => explained(code) ?? []);
	return [...new Set(all.map(({ status }) => status))]
		.sort((a, b) => a - b)
		.map((status) => ({
			status,
			remedy: remedies[status] ?? null,
			refusals: all.filter((refusal) => refusal.status === status).map(({ code, says }) => ({ code, says }))
		}));
}
