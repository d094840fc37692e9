import type { TransactionSql } from 'postgres';
import { expect, test } from 'vitest';
import { createNumber, createOrganization, createPerson, inventNumber } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, receive } from './acting.ts';

const { env, sql } = stack;

async function scene(plan: 'starter') {
	const owner = await createPerson(sql, env);
	const { id } = await createOrganization(sql, { owner, plan });
	const number = await createNumber(sql, null, { organizationId: id });
	const { conversation_id: conversation, message_id: message } = await receive(number.e164, { from: inventNumber() });
	const begin = async (size: number) => {
		const [row] = await as(
			owner,
			(tx) => tx<{ id: string }[]>`
				select api.begin_attachment(${conversation}, 'a.png', ${size}, 'image/png') ->> 'id' as id`
		);
		return row!.id;
	};
	/** As the dashboard has it, and as its rows say. */
	const used = async () => {
		const [row] = await as(owner, (tx) => tx`select api.dashboard(${id}) -> 'limits' as limits`);
		const limits = row!.limits as { name: string; used: number; most: number }[];
		const [rows] = await sql`
			select coalesce(sum(size) filter (where status in ('pending', 'ready')), 0)::float as bytes
			from public.attachments where organization_id = ${id}`;
		const told = limits.find(({ name }) => name === 'storage')!;
		expect(told.used).toBe(rows!.bytes);
		return told;
	};
	return { id, owner, conversation: conversation!, message: message!, begin, used };
}
const check = (id: string, size: number, reason: string | null = null, db: typeof sql | TransactionSql = sql) => db`
	select private.finish_attachment_check(${id}, ${reason ? null : 'image/png'}, ${size}, null, null, null, ${reason})`;

test('R6.5 bytes of files are counted in the transaction that changes them, and equal what the rows say', async () => {
	const { begin, used, owner, id } = await scene('starter');
	expect(await used()).toMatchObject({ used: 0, most: 5_000_000_000 });
	const files = [await begin(1000), await begin(2000), await begin(3000)];
	expect((await used()).used).toBe(6000);
	await sql`update public.attachments set uploaded_at = now() where organization_id = ${id}`;
	// what the bytes say counts, not what was announced
	await check(files[0]!, 1500);
	await check(files[1]!, 2000, 'attachment_unreadable');
	expect((await used()).used).toBe(4500);
	await as(owner, (tx) => tx`select api.remove_attachment(${files[2]!})`);
	expect((await used()).used).toBe(1500);
	await sql`delete from public.attachments where organization_id = ${id}`;
	expect((await used()).used).toBe(0);
});

test('R6.5 R6.6 a full plan refuses what is put up, one at a time however many come at once; what is texted to us is kept', async () => {
	const { id, owner, conversation, message, begin, used } = await scene('starter');
	await sql`
		insert into private.limit_overrides (organization_id, name, value, until)
		values (${id}, 'storage', 100000, now() + interval '1 day')`;
	await begin(49_000);
	await begin(30_000);
	await begin(2000);
	const at = await Promise.allSettled([begin(10_000), begin(10_000), begin(10_000)]);
	expect(at.filter(({ status }) => status === 'fulfilled').length).toBe(1);
	expect(at.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { message: 'storage_full' } });
	expect(await used()).toMatchObject({ used: 91_000, most: 100_000 });

	// a picture from outside is more than there is room for
	const theirs = await sql.begin(async (tx) => {
		await tx`select private.expect_attachments(${message}, ${sql.json([{ url: 'https://media.example/1', type: 'image/png' }])})`;
		const [expected] = await tx<{ id: string }[]>`
			select id from public.attachments where message_id = ${message} and status = 'expected'`;
		// before the worker hears of it, which would find nothing at that address
		await check(expected!.id, 50_000, null, tx);
		return expected!;
	});
	expect((await used()).used).toBe(141_000);
	expect(
		await sql`select status from public.attachments where id = ${theirs.id} and conversation_id = ${conversation}`
	).toEqual([{ status: 'ready' }]);
	await expect(begin(1)).rejects.toMatchObject({ message: 'storage_full' });

	const warned = await sql`
		select percent from public.limit_warnings where organization_id = ${id} and name = 'storage' order by percent`;
	expect(warned.map(({ percent }) => percent)).toEqual([50, 80, 100]);
	const letters = await sql`
		select payload -> 'details' ->> 'percent' as percent from private.jobs
		where kind = 'send_letter' and payload ->> 'user_id' = ${owner.userId}
			and payload -> 'details' ->> 'limit_name' = 'storage' order by ordinal`;
	expect(letters.map(({ percent }) => percent)).toEqual(['50', '80', '100']);
	// with more room it goes on
	await sql`delete from private.limit_overrides where organization_id = ${id}`;
	await begin(1000);
});

test('R6.5 what goes with its conversation is counted no more', async () => {
	const { conversation, begin, used } = await scene('starter');
	await begin(1000);
	await begin(500);
	expect((await used()).used).toBe(1500);
	await sql`delete from public.conversations where id = ${conversation}`;
	expect((await used()).used).toBe(0);
});
