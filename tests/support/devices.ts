import type { BackgroundWords } from '#core/background-words.ts';
import type { Environment } from './stack.ts';

type Push = { words: BackgroundWords; topic: string | null };

/** A browser that the stack's push service knows, with what it has been told. */
export async function createDevice({ PUSH_URL, VAPID_PUBLIC_KEY }: Environment) {
	const made = await fetch(`${PUSH_URL}/devices`, {
		method: 'POST',
		body: JSON.stringify({ applicationServerKey: VAPID_PUBLIC_KEY })
	});
	const { id, endpoint, keys } = (await made.json()) as {
		id: string;
		endpoint: string;
		keys: { p256dh: string; auth: string };
	};
	const url = `${PUSH_URL}/devices/${id}`;
	return {
		endpoint,
		keys,
		async pushes(): Promise<Push[]> {
			const pushes = (await (await fetch(url)).json()) as { words: string; topic: string | null }[];
			return pushes.map(({ words, topic }) => ({ words: JSON.parse(words) as BackgroundWords, topic }));
		},
		/** The browser has thrown the subscription away. */
		end: () => fetch(url, { method: 'DELETE' }),
		/** Fails the next so many times. */
		fail: (status: number, times = 1) =>
			fetch(`${url}/fault`, { method: 'POST', body: JSON.stringify({ status, times }) })
	};
}
