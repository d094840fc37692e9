import { describe, expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import { addMember, createNumber, createOrganization, createPerson, inventNumber } from '../support/people.ts';
import { as, receive } from './acting.ts';

const { sql } = stack;

describe('a restricted number', () => {
	test('stays restricted when the last person it was granted to leaves', async () => {
		const [owner, granted, colleague] = [
			await createPerson(sql, stack.env),
			await createPerson(sql, stack.env),
			await createPerson(sql, stack.env)
		];
		const organization = await createOrganization(sql, { owner });
		for (const person of [granted, colleague]) await addMember(sql, organization.id, person, 'member');
		const number = await createNumber(sql, null, {
			organizationId: organization.id,
			grants: [{ userId: granted.userId }]
		});
		await receive(number.e164, { from: inventNumber(), body: 'For the few' });
		const seen = async (person: typeof owner) =>
			(await as(person, (tx) => tx`select id from api.messages where phone_number_id = ${number.id}`)).length;
		expect([await seen(owner), await seen(granted), await seen(colleague)]).toEqual([1, 1, 0]);
		await sql`delete from public.memberships where organization_id = ${organization.id} and user_id = ${granted.userId}`;
		expect([await seen(owner), await seen(granted), await seen(colleague)]).toEqual([1, 0, 0]);
	});
});

describe('a send that is given up', () => {
	test('fails its text with a reason instead of leaving it on its way for ever', async () => {
		const owner = await createPerson(sql, stack.env);
		const number = await createNumber(sql, null, { organizationId: owner.organizationId });
		const { conversation_id } = await receive(number.e164, { from: inventNumber() });
		const [text] = await sql<{ id: string }[]>`
			insert into public.messages (conversation_id, direction, status, body, carrier)
			values (${conversation_id}, 'outbound', 'sending', 'Is anybody there?', 'twilio') returning id`;
		await sql`
			insert into private.jobs (kind, payload, run_at, attempts, max_attempts)
			values ('send_message', ${sql.json({ message_id: text!.id })}, now() - interval '1 minute', 12, 12)`;
		// what any worker's next claim does first
		await sql`select * from private.claim_jobs(array['none'], 1, 1)`;
		const [after] = await sql`select status, error_code from public.messages where id = ${text!.id}`;
		expect(after).toEqual({ status: 'failed', error_code: 'unconfirmed' });
	});
});
