import type { Carrier } from '../_shared/carriers/port.ts';
import type { Database, Job } from '../_shared/database.ts';
import type { Log } from '../_shared/http/log.ts';
import { goOn, type Ending } from './send-text.ts';

export type CompareParts = { database: Database; carrier: Carrier; log: Log };

/** `ownNumbers`: two that the platform has for itself, bought by hand; null: none. */
export type CompareBooksParts = CompareParts & { ownNumbers: readonly [from: string, to: string] | null };

/**
 * Compares the carrier's numbers, the payment provider's objects, our rows and the books. The carrier's list comes first, a
 * page at a time; with its last one everything is compared. Throws when the carrier cannot tell; the queue comes back then.
 */
export async function compareBooks(job: Job, parts: CompareBooksParts): Promise<Ending> {
	const { database, carrier, log, ownNumbers } = parts;
	const { page } = await database.beginCarrierReading(carrier.name);
	const { numbers, next } = await carrier.ownedNumbers(page);
	const listed = numbers.map(({ carrierNumberId, number, orderName }) => ({
		id: carrierNumberId,
		e164: number,
		order_name: orderName
	}));
	await database.keepCarrierNumbers(carrier.name, listed, next);
	if (next !== null) return goOn(job, parts);
	if (ownNumbers) await database.openPathNumbers(...ownNumbers);
	const found = await database.compareBooks();
	log('compared', found);
	await database.completeJob(job);
	return { outcome: found.open === 0 ? 'agrees' : 'differs' };
}

/** Gives a number back that the carrier has under our name and nobody here has. Safe twice. */
export async function giveNumberBack(job: Job, { database, carrier }: CompareParts): Promise<Ending> {
	const { difference_id, carrier_number_id } = job.payload;
	const outcome = await carrier.releaseNumber(String(carrier_number_id));
	await database.finishRepair(
		String(difference_id),
		outcome === 'released' ? 'the carrier took it back' : 'the carrier did not have it any more'
	);
	await database.completeJob(job);
	return { outcome };
}
