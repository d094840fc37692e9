import type { Job } from '../_shared/database.ts';
import type { CompareParts } from './compare-books.ts';
import type { Ending } from './send-text.ts';

/**
 * Compares what the carrier counted on days that are over with our texts; then everything is compared. Throws when the carrier
 * cannot tell; the queue comes back then.
 */
export async function compareUsage(job: Job, { database, carrier, log }: CompareParts): Promise<Ending> {
	const { days } = await database.beginUsageReading(carrier.name);
	for (const day of days) {
		const usage = await carrier.usage(day);
		const counted = usage.map(({ category, texts, priceMicros }) => ({ category, texts, price_micros: priceMicros }));
		await database.keepCarrierUsage(carrier.name, day, counted);
	}
	const found = await database.compareBooks();
	log('compared', { ...found, with: 'usage' });
	await database.completeJob(job);
	return { outcome: found.open === 0 ? 'agrees' : 'differs' };
}
