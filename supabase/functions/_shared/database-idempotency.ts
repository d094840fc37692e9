import type { Ask } from './database-ask.ts';
import type { Seal } from './database-seal.ts';

/** An answer as it is given again. */
export type KeptAnswer = { status: number; headers: Readonly<Record<string, string>>; body: string };

/** What became of a request under its key: ours to do, being done, done, or another one's key. */
export type Claimed = { outcome: 'begun' | 'running' | 'reused' } | { outcome: 'kept'; answer: KeptAnswer };

/**
 * Requests that are safe to repeat. `subject` is who asks (`key:<id>`, `user:<id>`), `key` what they sent as its name. Answers
 * hold secrets and codes: their bodies are kept sealed.
 */
export function idempotencyVerbs(ask: Ask, { seal, open }: Seal) {
	return {
		/** Takes a request up under its key; `fingerprint` is the SHA-256 of all that was asked, in hexadecimal. */
		async beginRequest(subject: string, key: string, fingerprint: string): Promise<Claimed> {
			const claimed = await ask<Claimed>('begin_request', { subject, key, fingerprint });
			if (claimed.outcome !== 'kept') return claimed;
			return { ...claimed, answer: { ...claimed.answer, body: open(claimed.answer.body) } };
		},

		/** Keeps its answer for a day. */
		keepAnswer: (subject: string, key: string, answer: KeptAnswer) =>
			ask<null>('keep_answer', { subject, key, answer: { ...answer, body: seal(answer.body) } }),

		/** Nothing was done: the key is free again. */
		forgetRequest: (subject: string, key: string) => ask<null>('forget_request', { subject, key })
	};
}
