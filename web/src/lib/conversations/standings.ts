import type { Standing } from './entries.ts';

type Shape = 'pending' | 'clock' | 'single' | 'double' | 'failed';

/** How a text of ours stands, as a mark and as the word that always goes with it. */
export const standings: Readonly<Record<Exclude<Standing, 'received'>, { shape: Shape; word: string }>> = {
	unconfirmed: { shape: 'pending', word: 'Sending' },
	waiting: { shape: 'clock', word: 'Waits for the connection' },
	queued: { shape: 'pending', word: 'Queued' },
	sending: { shape: 'pending', word: 'Queued' },
	sent: { shape: 'single', word: 'Sent' },
	delivered: { shape: 'double', word: 'Delivered' },
	failed: { shape: 'failed', word: 'Not delivered' },
	cancelled: { shape: 'failed', word: 'Taken back' },
	unsent: { shape: 'failed', word: 'Not sent' }
};
