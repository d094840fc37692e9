import { randomUUID } from 'node:crypto';
import postgres from 'postgres';
import { startDatabase } from './bare-database.ts';
import { alternate, type Result } from './measure.ts';

const transfers = 400;
const crowd = 8;

/**
 * `private.transfer` between a wallet and the books of the platform, against the bare inserts it consists of (a transfer, two
 * entries) into tables with the same columns and indexes, in one statement. Also by eight connections on one wallet, where each
 * has to wait for the one before it, and the inserts do not.
 */
export async function ledger(): Promise<Result[]> {
	const { env, sql, stop } = await startDatabase();
	const many = postgres(env.DATABASE_URL, { max: crowd, onnotice() {} });
	try {
		const [organization] = await sql<{ id: string }[]>`
			insert into public.organizations (slug, name) values ('bench-ledger', 'Bench') returning id`;
		const { id } = organization!;
		await sql`create schema bench`;
		await sql`create table bench.transfers (like public.ledger_transfers including all)`;
		await sql`create table bench.entries (like public.ledger_entries including all)`;
		await transfer(sql, id);
		const accounts = await sql<
			{ id: string }[]
		>`select id from public.ledger_accounts where kind in ('wallet', 'payments')`;
		const insert = (db: postgres.Sql) => db`
			with made as (
				insert into bench.transfers (organization_id, reason, idempotency_key) values (${id}, 'top_up', ${randomUUID()})
				returning id
			)
			insert into bench.entries (transfer_id, account_id, organization_id, amount_micros)
			select made.id, a.id::uuid, ${id}, a.micros
			from made cross join (values (${accounts[0]!.id}, 8300), (${accounts[1]!.id}, -8300)) a (id, micros)`;
		const alone = async (deed: (db: postgres.Sql) => Promise<unknown>) => {
			const start = performance.now();
			for (let i = 0; i < transfers; i++) await deed(sql);
			return performance.now() - start;
		};
		const together = async (deed: (db: postgres.Sql) => Promise<unknown>) => {
			const start = performance.now();
			const one = async () => {
				for (let i = 0; i < transfers / crowd; i++) await deed(many);
			};
			await Promise.all(Array.from({ length: crowd }, one));
			return performance.now() - start;
		};
		const move = (db: postgres.Sql) => transfer(db, id);
		const one = await alternate(
			7,
			() => alone(insert),
			() => alone(move)
		);
		// a deadlock would throw
		const eight = await alternate(
			7,
			() => together(insert),
			() => together(move)
		);
		return [
			{ ...result('one connection', one), bar: '≥ 0.5', holds: one.floor / one.candidate >= 0.5 },
			{ ...result(`${crowd} connections on one wallet`, eight), bar: 'no deadlock', holds: true }
		];
	} finally {
		await many.end({ timeout: 1 });
		await stop();
	}
}

const transfer = (db: postgres.Sql, id: string) => db`
	select private.transfer(${id}, array[row('payments', -8300), row('wallet', 8300)]::private.ledger_leg[], 'top_up', ${randomUUID()})`;

function result(who: string, { floor, candidate }: { floor: number; candidate: number }) {
	return {
		name: `a ledger transfer, rate against the bare inserts it consists of, ${who}`,
		ratio: floor / candidate,
		figures: { 'inserts a second': transfers / (floor / 1000), 'transfers a second': transfers / (candidate / 1000) }
	};
}
