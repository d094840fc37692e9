import { expect, test } from 'vitest';
import { sendTo, type Outcome } from '#lib/conversations/sending.ts';

const text = {
	key: 'a key',
	conversationId: 'a conversation',
	body: 'On the roof',
	seenSeq: 1,
	writtenAt: '2026-11-22T20:00:00Z',
	state: 'sending' as const
};

/** What becomes of a text that was answered so. */
const outcomeOf = (answer: Response): Promise<Outcome> =>
	sendTo(
		() => Promise.resolve(answer),
		(id) => `/${id}`
	)(text);

test('R2.6 what is refused before the action begins is understood: a restart is waited out, trouble is told in the end', async () => {
	const bare = (status: number, slug?: string) => outcomeOf(Response.json({ message: 'In words.', slug }, { status }));
	expect(await bare(503, 'unavailable')).toEqual({ kind: 'unreachable', troubled: false });
	expect(await bare(500)).toEqual({ kind: 'unreachable', troubled: true });
	expect(await bare(403, 'suspended')).toMatchObject({ kind: 'refused', slug: 'suspended', says: 'In words.' });
	expect(await bare(404)).toMatchObject({ kind: 'refused', slug: 'not_found' });
	expect(await outcomeOf(new Response('<h1>Bad gateway</h1>', { status: 502 }))).toEqual({ kind: 'unreachable' });
});

test('R1.6 a redirect to the sign-in page is a session that ended, and says whether the password is enough', async () => {
	const led = (location: string) => outcomeOf(Response.json({ type: 'redirect', status: 303, location }));
	expect(await led('/sign-in?expired=&next=%2F')).toEqual({ kind: 'ended', expired: true });
	expect(await led('/sign-in?ended=&next=%2F')).toEqual({ kind: 'ended', expired: false });
});
