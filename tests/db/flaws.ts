/** A flaw, planted alone and never committed, and what finds it by name. */
import type { TransactionSql } from 'postgres';
import type { World } from './world.ts';

export type Flaw = {
	flaw: string;
	/** SQL */
	plant: string;
	/** a check of isolation.test.ts or verbs.test.ts */
	find: (tx: TransactionSql, world: World) => Promise<string[]>;
	/** one of what it finds then */
	finding: string | RegExp;
};
