/** What became of verifications, as figures. */
import type { VerificationStatus } from './verifications.ts';

/** How many there are of each status; `capped`: only the newest 20,000 were counted. */
export type Counts = { counts: Partial<Record<VerificationStatus, number>>; capped: boolean };

/**
 * How well codes arrive: a code that came in time is a success, used or not. `asked` leaves out what still waits and what was
 * cancelled before its code. `quartiles`: seconds to the code, a quarter, half and three quarters of the way up.
 */
export type Rate = { name: string; asked: number; received: number; quartiles: [number, number, number] | null };
export type ServiceRate = Rate & { id: string | null };
export type NumberRate = Rate & { id: string; e164: string; color: number };

/** Of everything that was `asked` for in a time; the services and numbers of which most was asked. */
export type Rates = {
	asked: number;
	capped: boolean;
	services: readonly ServiceRate[];
	numbers: readonly NumberRate[];
};

/** A filter under a name of its owner's; `query` is the end of an address. */
export type SavedView = { id: string; name: string; query: string };
