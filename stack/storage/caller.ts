import type { Sql, TransactionSql } from 'postgres';
import { translated } from './refusals.ts';

/** Whoever asks, as the policies see them: the claims of their token, or those of a bare key. */
export type Caller = { role: string; sub?: string; [claim: string]: unknown };

/** Our own errands, as hosted's Storage does them: without policies. */
export const itself: Caller = { role: 'service_role' };

class RolledBack extends Error {}

/**
 * One transaction with the rights of the caller, set as hosted's Storage and PostgREST set them. `before` runs in it
 * first, without policies. Refusals of Postgres come out in Storage's words.
 */
export async function as<T>(
	sql: Sql,
	caller: Caller,
	operation: string,
	act: (tx: TransactionSql) => Promise<T>,
	before?: (tx: TransactionSql) => Promise<unknown>
): Promise<T> {
	try {
		const answer = await sql.begin(async (tx) => {
			await before?.(tx);
			await tx`select set_config('role', ${caller.role}, true),
				set_config('request.jwt.claims', ${JSON.stringify(caller)}, true),
				set_config('request.jwt.claim.sub', ${caller.sub ?? ''}, true),
				set_config('request.jwt.claim.role', ${caller.role}, true),
				set_config('storage.operation', ${`storage.${operation}`}, true),
				set_config('storage.allow_delete_query', 'true', true)`;
			return { value: await act(tx) };
		});
		return answer.value as T;
	} catch (error) {
		throw translated(error);
	}
}

/** Whether the caller could do it: it is done and taken back. Fails as the deed would. */
export async function rehearse(
	sql: Sql,
	caller: Caller,
	operation: string,
	act: (tx: TransactionSql) => Promise<unknown>
): Promise<void> {
	try {
		await as(sql, caller, operation, async (tx) => {
			await act(tx);
			throw new RolledBack();
		});
	} catch (error) {
		if (!(error instanceof RolledBack)) throw error;
	}
}
