import type { Source } from '#lib/realtime/live.svelte.ts';
import { coalesce } from '#lib/realtime/coalesce.ts';

/** Between two readings, in ms: a busy number tells of several texts a second, and nobody reads figures that fast. */
const pause = 2000;

/** Reads the page anew when the numbers that somebody may see, their organization or they themselves have news. */
export function sourceOf(
	place: { userId: string; organizationId: string; numberIds: readonly string[] },
	read: () => Promise<void>
): Source {
	let rests: Promise<void> = Promise.resolve();
	const again = coalesce(async () => {
		await rests;
		rests = new Promise((done) => setTimeout(done, pause));
		await read();
	});
	return {
		topics: [
			`user:${place.userId}`,
			`organization:${place.organizationId}`,
			...place.numberIds.map((id) => `number:${id}`)
		],
		hint: again,
		heal: again
	};
}
