import type { Stack } from '../support/stack.ts';

/** What may die: everything but the mail catcher. The carrier is other people's, and comes back knowing what it texted. */
export const killable = ['postgres', 'gateway', 'realtime', 'twilio', 'worker', 'clock', 'carrier'] as const;

export type Killable = (typeof killable)[number];

/** Kills a part as the power cut would; false when it is dead already and not yet back. */
export function kill({ processOf }: Stack, name: Killable): boolean {
	const found = processOf(name);
	if (!found) return false;
	process.kill(found.pid, 'SIGKILL');
	return true;
}
