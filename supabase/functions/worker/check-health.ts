import type { Database, Job } from '../_shared/database.ts';
import type { Found } from '../_shared/database-health.ts';
import { summarize } from '../_shared/core/errors.ts';
import type { Log } from '../_shared/http/log.ts';
import type { Looks } from './looks.ts';
import type { Ending } from './send-text.ts';

export type HealthParts = {
	database: Database;
	looks: Looks;
	/** Two numbers of the platform's own, between which it texts itself; null: it does not. */
	ownNumbers: readonly [from: string, to: string] | null;
	log: Log;
};

/** In ms. A part that needs longer is not well. */
const patience = 5_000;

/** Looks at every part of the platform at the same time, and writes down how each is. It reads only, and never fails by what it finds. */
export async function checkHealth(job: Job, { database, looks, ownNumbers, log }: HealthParts): Promise<Ending> {
	const found = await Promise.all(Object.entries(looks).map(([part, look]) => lookAt(part, look)));
	await database.recordHealth(found);
	for (const { part, says } of found) if (says !== null) log('unwell', { part, says });
	if (ownNumbers) await database.tendPathTexts(...ownNumbers);
	await database.completeJob(job);
	return { outcome: found.every(({ says }) => says === null) ? 'well' : 'unwell' };
}

async function lookAt(part: string, look: Looks[string]): Promise<Found> {
	const began = performance.now();
	try {
		await look(AbortSignal.timeout(patience));
		return { part, ms: Math.round(performance.now() - began), says: null };
	} catch (error) {
		return { part, ms: null, says: wordsFor(error) };
	}
}

function wordsFor(error: unknown): string {
	if (error instanceof Error && error.name === 'TimeoutError') return `No answer within ${patience / 1000} s.`;
	return summarize(error).slice(0, 300);
}
