import { setTimeout as pause } from 'node:timers/promises';
import { textsOf } from '../functions/doors.ts';
import type { Browser } from './browsers.ts';
import { send, textIn, type Promises } from './traffic.ts';
import type { World } from './world.ts';

/** Milliseconds from now until each thing a person or the carrier relies on works again. */
export type Recovery = Record<'acknowledged' | 'accepted' | 'seen' | 'texted', number>;

/**
 * Proves that everything works: a new text is acknowledged and seen in every browser, a new send is accepted and reaches
 * its handset. Both go into `handset`'s conversation, where nothing else is under way.
 */
export async function recovery(
	world: World,
	promises: Promises,
	browsers: Browser[],
	handset: string,
	seconds: number
): Promise<Recovery> {
	const began = performance.now();
	const signal = AbortSignal.timeout(seconds * 1000);
	const since = () => Math.round(performance.now() - began);
	const thread = world.conversations.get(handset) ?? '';
	const inbound = async () => {
		const body = await textIn(world, promises, handset, signal);
		const acknowledged = since();
		await until(signal, () =>
			browsers.every(({ threads }) => threads.get(thread)?.messages.some((message) => message.body === body))
		);
		return { acknowledged, seen: since() };
	};
	const outbound = async () => {
		const body = await send(world, promises, { handset }, signal);
		const accepted = since();
		// the carrier itself may be away
		const shown = () => textsOf(world.stack.env, handset).catch(() => []);
		await until(signal, async () => (await shown()).some((text) => text.body === body));
		return { accepted, texted: since() };
	};
	const [told, sent] = await Promise.all([inbound(), outbound()]);
	return { ...told, ...sent };
}

/** Asks until it is so or the time is over: what it took says which. */
async function until(signal: AbortSignal, look: () => boolean | Promise<boolean>): Promise<void> {
	while (!signal.aborted && !(await look())) await pause(25);
}
