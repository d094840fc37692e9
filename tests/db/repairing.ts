/** Differences and their repairs, as tests see them. */
import type { TransactionSql } from 'postgres';
import { stack } from '../support/shared-stack.ts';

const { sql } = stack;

export type Difference = {
	id: string;
	cause: string;
	repair: string | null;
	result: string | null;
	ended_at: Date | null;
};

/** What there is to see of something, after everything was compared. */
export async function compared(db: TransactionSql | typeof sql, subject: string): Promise<Difference[]> {
	await db`select private.compare_books()`;
	return db<Difference[]>`select * from private.differences(now() - interval '1 hour') where subject = ${subject}`;
}

export async function repaired(db: TransactionSql | typeof sql, difference: Difference): Promise<string> {
	const [row] = await db<{ it: { outcome: string } }[]>`select private.repair_difference(${difference.id}) as it`;
	return row!.it.outcome;
}

/** Does what is undone afterwards, so that nobody else sees it: the stack's own worker and clock neither. */
export async function undone<T>(work: (tx: TransactionSql) => Promise<T>): Promise<T> {
	const told: { it?: T } = {};
	await sql
		.begin(async (tx) => {
			told.it = await work(tx);
			throw new Error('undo');
		})
		.catch((error: Error) => {
			if (error.message !== 'undo') throw error;
		});
	return told.it!;
}
