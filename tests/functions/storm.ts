import { setTimeout as pause } from 'node:timers/promises';
import type { Environment } from '../support/stack.ts';
import { signedForm } from '../support/twilio.ts';
import { inboundFields, makeHandset, makeSid } from './doors.ts';

/** So many different texts to one number, from so many handsets. */
export function makeTexts(env: Environment, to: string, count: number, handsets: number) {
	const from = Array.from({ length: handsets }, makeHandset);
	return Array.from({ length: count }, (_, at) =>
		inboundFields(env, { from: from[at % handsets]!, to, body: `Text ${at}`, sid: makeSid() })
	);
}

/** The same things so many times each, in random order. */
export function shuffle<Thing>(things: readonly Thing[], times: number): Thing[] {
	const all = Array.from({ length: times }, () => things).flat();
	for (let at = all.length - 1; at > 0; at -= 1) {
		const other = Math.floor(Math.random() * (at + 1));
		[all[at], all[other]] = [all[other]!, all[at]!];
	}
	return all;
}

/** Does something with each, so many at a time. */
export async function inParallel<Thing>(
	things: readonly Thing[],
	atOnce: number,
	work: (thing: Thing) => Promise<void>
) {
	const waiting = things.values();
	await Promise.all(
		Array.from({ length: atOnce }, async () => {
			for (const thing of waiting) await work(thing);
		})
	);
}

/** Delivers a text through the public door once: the status, or 0 where there was no answer. */
export async function deliver(env: Environment, fields: Record<string, string>): Promise<number> {
	const init = signedForm(env, env.TWILIO_INBOUND_URL, fields);
	try {
		const response = await fetch(env.TWILIO_INBOUND_URL, { ...init, signal: AbortSignal.timeout(15_000) });
		await response.arrayBuffer();
		return response.status;
	} catch {
		// a cut connection and a timeout are answers, too: none
		return 0;
	}
}

/** Delivers until it is acknowledged, as the carrier does; gives up after `attempts`. */
export async function deliverStubbornly(
	env: Environment,
	fields: Record<string, string>,
	attempts = 40
): Promise<boolean> {
	for (let attempt = 1; attempt <= attempts; attempt += 1) {
		if ((await deliver(env, fields)) === 200) return true;
		await pause(250 + Math.random() * 250);
	}
	return false;
}
