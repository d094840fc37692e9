import type postgres from 'postgres';

type Plan = { 'Planning Time': number; 'Execution Time': number };

/**
 * Milliseconds the server takes to plan and run a statement, an `execute` of a prepared one say, and to write its rows out
 * for the client. Without the way to the client and back, which is the same for a slow and a fast one.
 */
export async function serverTime(
	connection: postgres.Sql | postgres.TransactionSql,
	statement: string,
	options = 'serialize text,'
): Promise<number> {
	const [row] = await connection.unsafe(`explain (analyze, timing off, ${options} format json) ${statement}`);
	const [plan] = row?.['QUERY PLAN'] as [Plan];
	return plan['Planning Time'] + plan['Execution Time'];
}
