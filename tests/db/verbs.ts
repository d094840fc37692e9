/**
 * Every verb of the contract: who may call it, whether it asks for a fresh password, and what it leaves in the
 * organization's book. A verb of `api` that is missing here fails verbs.test.ts.
 */
import type { Verb } from './verb.ts';
import { inbox } from './verbs-inbox.ts';
import { money } from './verbs-money.ts';
import { people } from './verbs-people.ts';
import { programs } from './verbs-programs.ts';

/** By name: a door has one form. */
export const verbs: Record<string, Verb> = { ...inbox, ...money, ...people, ...programs };
