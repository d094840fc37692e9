import type { Stack } from '../support/stack.ts';

/** What may die; the carrier and the mail catcher are other people's. */
export const killable = ['postgres', 'gateway', 'realtime', 'twilio', 'worker', 'clock'] as const;

export type Killable = (typeof killable)[number];

/** Kills a part as the power cut would; false when it is dead already and not yet back. */
export function kill({ processOf }: Stack, name: Killable): boolean {
	const found = processOf(name);
	if (!found) return false;
	process.kill(found.pid, 'SIGKILL');
	return true;
}
