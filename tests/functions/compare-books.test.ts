import { expect, test, vi } from 'vitest';
import type { Carrier, CarrierNumber } from '../../supabase/functions/_shared/carriers/port.ts';
import type { Database, Job } from '../../supabase/functions/_shared/database.ts';
import { compareBooks, giveNumberBack } from '../../supabase/functions/worker/compare-books.ts';

const number = (n: number): CarrierNumber => ({
	carrierNumberId: `PN${n}`,
	number: `+1415555010${n}`,
	orderName: `order ${n}`,
	capabilities: []
});

/** A worker whose carrier has so many numbers, two on a page, and what it kept and said. */
function worker(count: number, ownNumbers: readonly [string, string] | null = null) {
	let page: string | null = null;
	const kept: string[] = [];
	const said: string[] = [];
	const database = {
		beginCarrierReading: () => Promise.resolve({ page }),
		keepCarrierNumbers: (_: string, numbers: { id: string }[], next: string | null) => {
			kept.push(...numbers.map(({ id }) => id));
			page = next;
			return Promise.resolve(null);
		},
		openPathNumbers: (...numbers: string[]) => Promise.resolve(said.push(...numbers)),
		compareBooks: () => {
			said.push('compared');
			return Promise.resolve({ open: count, new: 0 });
		},
		finishRepair: (id: string, result: string) => {
			said.push(`${id}: ${result}`);
			return Promise.resolve(null);
		},
		completeJob: vi.fn(() => Promise.resolve()),
		continueJob: vi.fn(() => Promise.resolve())
	};
	const carrier = {
		name: 'twilio',
		ownedNumbers: (from: string | null) => {
			const at = Number(from ?? 0);
			const numbers = Array.from({ length: Math.min(2, count - at) }, (_, n) => number(at + n));
			return Promise.resolve({ numbers, next: at + 2 < count ? String(at + 2) : null });
		},
		releaseNumber: (id: string) => Promise.resolve(id === 'PN1' ? 'released' : 'gone')
	};
	const parts = {
		database: database as unknown as Database,
		carrier: carrier as unknown as Carrier,
		log() {},
		ownNumbers
	};
	return { parts, kept, said };
}

const job = (payload = {}) => ({ id: 'j', lease: 'l', kind: 'compare_books', payload, attempts: 1 }) as unknown as Job;

test('the carrier’s numbers are read a page at a time, and everything is compared after the last', async () => {
	const { parts, kept } = worker(3);
	expect(await compareBooks(job(), parts)).toEqual({ outcome: 'more' });
	expect(await compareBooks(job(), parts)).toEqual({ outcome: 'differs' });
	expect(kept).toEqual(['PN0', 'PN1', 'PN2']);
	expect(await compareBooks(job(), worker(0).parts)).toEqual({ outcome: 'agrees' });
});

test('the platform’s own numbers are known before anything is compared', async () => {
	const { parts, said } = worker(1, ['+14155550110', '+14155550111']);
	await compareBooks(job(), parts);
	expect(said).toEqual(['+14155550110', '+14155550111', 'compared']);
});

test('a number that is nobody’s here goes back, also when it has gone already', async () => {
	const { parts, said } = worker(0);
	await giveNumberBack(job({ difference_id: 'd1', carrier_number_id: 'PN1' }), parts);
	await giveNumberBack(job({ difference_id: 'd2', carrier_number_id: 'PN2' }), parts);
	expect(said).toEqual(['d1: the carrier took it back', 'd2: the carrier did not have it any more']);
});
