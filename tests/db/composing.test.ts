import { beforeAll, describe, expect, test } from 'vitest';
import { stack } from '../support/shared-stack.ts';
import { createNumber, createOrganization, createPerson, inventNumber, type Person } from '../support/people.ts';
import { as, edge, inventSid, receive, send } from './acting.ts';

const { env, sql } = stack;
let noor: Person, maya: Person;
let organization: { id: string };
let number: { id: string; e164: string };

beforeAll(async () => {
	[noor, maya] = [await createPerson(sql, env), await createPerson(sql, env)];
	organization = await createOrganization(sql, {
		owner: noor,
		members: [{ person: maya, role: 'member' }],
		name: 'Tidewater Stays'
	});
	number = await createNumber(sql, env, { organizationId: organization.id });
});

async function guest() {
	const from = inventNumber();
	const { conversation_id } = await receive(number.e164, { from });
	return { from, conversation_id: conversation_id! };
}

const automatic = (conversation: string) =>
	sql<{ body: string; status: string }[]>`select body, status from public.messages
		where conversation_id = ${conversation} and origin = 'automatic' order by seq`;

/** What the gate says to a text of ours, as such or as this message. */
async function gate(recipient: string, messageId: string | null): Promise<string[]> {
	const [row] = await sql<{ reasons: string[] }[]>`
		select private.check_sending(null, ${number.id}, ${recipient}, 'Bye.', message_id => ${messageId}) as reasons`;
	return row!.reasons;
}

describe('R2.1 keywords are answered', () => {
	test('STOP once, with the organization’s name, and this one text passes the gate; START and HELP as well', async () => {
		const { from, conversation_id } = await guest();
		await receive(number.e164, { from, body: 'STOP', keyword: 'stop' });
		await receive(number.e164, { from, body: 'stop', keyword: 'stop' });
		expect((await automatic(conversation_id)).map(({ body }) => body)).toEqual([
			'Tidewater Stays: you will get no more texts from this number. Reply START to get them again.'
		]);
		// HELP from somebody who wants silence stays unanswered
		await receive(number.e164, { from, body: 'HELP', keyword: 'help' });
		expect(await automatic(conversation_id)).toHaveLength(1);
		const [confirmation] = await sql<{ id: string }[]>`
			select id from public.messages where conversation_id = ${conversation_id} and origin = 'automatic'`;
		expect([await gate(from, confirmation!.id), await gate(from, null)]).toEqual([[], ['opted_out']]);

		await receive(number.e164, { from, body: 'START', keyword: 'start' });
		await receive(number.e164, { from, body: 'HELP', keyword: 'help' });
		expect((await automatic(conversation_id)).map(({ body }) => body).slice(1)).toEqual([
			expect.stringContaining('again. Reply STOP'),
			expect.stringContaining('reply to this number to reach us')
		]);
		// an answer of ours is no colleague's answer
		expect((await send(maya, { conversation_id, seen_seq: 1 })).status).toBe('queued');
	});

	test('not where the carrier has answered, and a confirmation that the carrier made needless is not shown as failed', async () => {
		const { from, conversation_id } = await guest();
		const told = { MessageSid: inventSid(), OptOutType: 'STOP' };
		await edge`select service.receive_message('twilio', ${told.MessageSid}, ${from}, ${number.e164}, 'STOP', 1, 'stop', ${edge.json(told)})`;
		expect(await automatic(conversation_id)).toEqual([]);
		const other = await guest();
		const sid = inventSid();
		// in one transaction, before the worker sees it
		await sql.begin(async (tx) => {
			await tx`select private.receive_message('twilio', ${sid}, ${other.from}, ${number.e164}, 'STOP', 1, 'stop',
				${tx.json({ MessageSid: sid })}, null, '[]', '[]', '[]', null)`;
			await tx`select private.record_send_failure(id, '21610') from public.messages
				where conversation_id = ${other.conversation_id} and origin = 'automatic'`;
		});
		expect(await automatic(other.conversation_id)).toMatchObject([{ status: 'cancelled' }]);
		const [row] = await as(noor, (tx) => tx`select * from api.conversations where id = ${other.conversation_id}`);
		expect(row).toMatchObject({ last_message_body: 'STOP', opted_out: true });
	});

	test('with the organization’s own words, or with none, and not for ever', async () => {
		const { from, conversation_id } = await guest();
		await as(noor, (tx) => tx`select api.set_opt_out_replies(${organization.id}, 'Bye.', '', 'Call us.')`);
		try {
			for (let round = 0; round < 4; round++) {
				await receive(number.e164, { from, body: 'STOP', keyword: 'stop' });
				await receive(number.e164, { from, body: 'START', keyword: 'start' });
				await receive(number.e164, { from, body: 'HELP', keyword: 'help' });
			}
			expect((await automatic(conversation_id)).map(({ body }) => body)).toEqual([
				'Bye.',
				'Call us.',
				'Bye.',
				'Call us.',
				'Bye.'
			]);
			await expect(
				as(noor, (tx) => tx`select api.set_opt_out_replies(${organization.id}, 'Bye {{name}}', '', '')`)
			).rejects.toMatchObject({ message: 'reply_invalid' });
		} finally {
			await sql`delete from public.opt_out_replies where organization_id = ${organization.id}`;
		}
	});
});

describe('R2.1 the list of those who may not be texted', () => {
	test('lifting asks for evidence, which stays in the book', async () => {
		const { from, conversation_id } = await guest();
		await as(noor, (tx) => tx`select api.set_opt_out(${number.id}, ${from}, 'told us by telephone')`);
		await expect(send(maya, { conversation_id })).rejects.toMatchObject({ message: 'opted_out' });
		const lift = (evidence: string) =>
			as(noor, (tx) => tx`select api.lift_opt_out(${number.id}, ${from}, ${evidence})`);
		await expect(lift(' because ')).rejects.toMatchObject({ message: 'evidence_missing' });
		await lift('Signed the form at the desk on 3 May');
		expect((await send(maya, { conversation_id })).status).toBe('queued');
		const [line] = await sql`select before, after from public.audit_log
			where organization_id = ${organization.id} and verb = 'opt_out.removed' order by id desc limit 1`;
		expect(line).toMatchObject({
			before: { contact_number: from, source: 'person' },
			after: { evidence: 'Signed the form at the desk on 3 May' }
		});
	});

	test('an import says first what it would do, names the rows it cannot take, and is the same done twice', async () => {
		const [known, fresh] = [inventNumber(), inventNumber()];
		await as(noor, (tx) => tx`select api.set_opt_out(${number.id}, ${known})`);
		const rows = [
			{ row: 1, contact_number: known },
			{ row: 2, contact_number: fresh, opted_out_at: '2024-05-03T10:00:00Z', note: 'old system' },
			{ row: 3, contact_number: '12' },
			{ row: 4, contact_number: fresh, phone_number_id: crypto.randomUUID() },
			{ row: 5, contact_number: fresh }
		];
		const run = (dry: boolean) =>
			as(noor, async (tx) => {
				const [row] = await tx`select api.import_opt_outs(${organization.id}, ${tx.json(rows)}, ${dry}) as answer`;
				return row!.answer;
			});
		const refused = [
			{ row: 3, slug: 'phone_number_invalid' },
			{ row: 4, slug: 'not_found' }
		];
		expect(await run(true)).toEqual({ added: 1, known: 1, refused });
		expect(await sql`select from public.opt_outs where contact_number = ${fresh}`).toHaveLength(0);
		expect(await run(false)).toEqual({ added: 1, known: 1, refused });
		expect(await run(false)).toEqual({ added: 0, known: 2, refused });
		const [row] = await as(noor, (tx) => tx`select * from api.opt_outs where contact_number = ${fresh}`);
		expect(row).toMatchObject({ source: 'import', note: 'old system', opted_out_at: new Date('2024-05-03T10:00:00Z') });
		await expect(
			as(noor, (tx) => tx`select api.import_opt_outs(${organization.id}, '[{"opted_out_at": "yesterday-ish"}]')`)
		).rejects.toMatchObject({ message: 'malformed' });
	});
});

type Planned = { id: string; status: string; reason: string | null; message_id: string | null; author_id: string };

async function schedule(
	who: Person,
	conversation: string,
	wish: { body?: string; key?: string; on_reply?: boolean } = {}
) {
	const { body = 'How was your first night?', key = crypto.randomUUID(), on_reply = true } = wish;
	return as(who, async (tx) => {
		const [row] = await tx<{ planned: Planned }[]>`
			select api.schedule_message(${conversation}, ${body}, now() + interval '1 hour', 'Europe/Budapest', ${key}, ${on_reply})
			as planned`;
		return row!.planned;
	});
}

/** Its time comes. */
async function fire(id: string): Promise<{ outcome: string; reason?: string; message_id?: string }> {
	await sql`update public.scheduled_messages set send_at = now() where id = ${id}`;
	const [row] = await edge<{ answer: { outcome: string } }[]>`select service.send_scheduled(${id}) as answer`;
	return row!.answer;
}

const planned = async (id: string) =>
	(await sql<Planned[]>`select * from public.scheduled_messages where id = ${id}`)[0]!;

describe('R2.1 a scheduled text', () => {
	test('becomes a message of its author, once; the same key plans it once', async () => {
		const { conversation_id } = await guest();
		const key = crypto.randomUUID();
		const { id } = await schedule(maya, conversation_id, { key });
		expect((await schedule(maya, conversation_id, { key })).id).toBe(id);
		const early = await edge`select service.send_scheduled(${id}) as answer`;
		expect(early[0]!.answer).toEqual({ outcome: 'nothing_to_send' });
		const both = await Promise.all([fire(id), fire(id)]);
		expect(both.map(({ outcome }) => outcome).sort()).toEqual(['nothing_to_send', 'sent']);
		const [message] = await sql`select body, origin, author_id from public.messages
			where conversation_id = ${conversation_id} and direction = 'outbound'`;
		expect(message).toEqual({
			body: 'How was your first night?',
			origin: 'schedule',
			author_id: maya.userId
		});
	});

	test('is cancelled by an answer, if that was wished', async () => {
		const { from, conversation_id } = await guest();
		const [stops, stays] = [
			await schedule(maya, conversation_id),
			await schedule(maya, conversation_id, { on_reply: false })
		];
		await receive(number.e164, { from });
		expect([(await planned(stops.id)).status, (await planned(stays.id)).status]).toEqual(['cancelled', 'scheduled']);
		expect((await fire(stops.id)).outcome).toBe('nothing_to_send');
	});

	test('passes the gate when its time comes, and says why it did not go', async () => {
		const { from, conversation_id } = await guest();
		const silenced = await schedule(maya, conversation_id, { on_reply: false });
		await receive(number.e164, { from, body: 'STOP', keyword: 'stop' });
		expect(await fire(silenced.id)).toMatchObject({ outcome: 'refused', reason: 'opted_out' });
		expect(await planned(silenced.id)).toMatchObject({ status: 'refused', reason: 'opted_out', message_id: null });

		const gone = await createPerson(sql, env);
		await sql`insert into public.memberships (organization_id, user_id, role) values (${organization.id}, ${gone.userId}, 'member')`;
		const orphan = await schedule(gone, (await guest()).conversation_id);
		await sql`delete from public.memberships where user_id = ${gone.userId} and organization_id = ${organization.id}`;
		expect(await fire(orphan.id)).toMatchObject({ outcome: 'refused', reason: 'not_allowed' });
	});

	test('is refused at once where the gate would refuse it, and at impossible times', async () => {
		const { conversation_id } = await guest();
		await expect(schedule(maya, conversation_id, { body: 'Dear {{name}}' })).rejects.toMatchObject({
			message: 'placeholder_unfilled'
		});
		for (const at of ['2020-01-01', '2100-01-01']) {
			await expect(
				as(
					maya,
					(tx) =>
						tx`select api.schedule_message(${conversation_id}, 'Hi', ${at}::timestamptz, 'UTC', ${crypto.randomUUID()})`
				)
			).rejects.toMatchObject({ message: 'send_at_invalid' });
		}
	});

	test('can be changed and cancelled by a colleague, until it is over', async () => {
		const { conversation_id } = await guest();
		const { id } = await schedule(maya, conversation_id);
		const change = () =>
			as(
				noor,
				(tx) => tx`select api.update_scheduled_message(${id}, 'Anything missing?', now() + interval '2 hours', 'UTC')`
			);
		await change();
		expect(await planned(id)).toMatchObject({ body: 'Anything missing?', author_id: noor.userId });
		await as(noor, (tx) => tx`select api.cancel_scheduled_message(${id})`);
		expect((await planned(id)).status).toBe('cancelled');
		await expect(change()).rejects.toMatchObject({ message: 'schedule_over' });
	});
});

describe('R2.6 drafts', () => {
	const save = (who: Person, conversation: string, body: string, basedOn: number | null = null) =>
		as(who, async (tx) => {
			const [row] = await tx`select api.save_draft(${conversation}, ${body}, ${basedOn}) as answer`;
			return (row!.answer as { revision: number }).revision;
		});
	const read = (who: Person, conversation: string) =>
		as(who, (tx) => tx<{ body: string }[]>`select body from api.drafts where conversation_id = ${conversation}`);

	test('are their author’s alone, in their conversation alone; colleagues see that there is one', async () => {
		const [here, there] = [await guest(), await guest()];
		await save(maya, here.conversation_id, 'Dear Elena');
		expect(await read(maya, here.conversation_id)).toEqual([{ body: 'Dear Elena' }]);
		expect(await read(maya, there.conversation_id)).toEqual([]);
		expect(await read(noor, here.conversation_id)).toEqual([]);
		const marks = () =>
			as(noor, (tx) => tx`select user_id from api.draft_marks where conversation_id = ${here.conversation_id}`);
		expect(await marks()).toEqual([{ user_id: maya.userId }]);
		await save(maya, here.conversation_id, ' ');
		expect([await marks(), await read(maya, here.conversation_id)]).toEqual([[], []]);
	});

	test('the newest wins, and a page that knows an older one does not empty it', async () => {
		const { conversation_id } = await guest();
		const first = await save(maya, conversation_id, 'Dear');
		const second = await save(maya, conversation_id, 'Dear Elena');
		expect(second).toBeGreaterThan(first);
		expect(await save(maya, conversation_id, '', first)).toBe(second);
		expect(await read(maya, conversation_id)).toEqual([{ body: 'Dear Elena' }]);
		expect(await save(maya, conversation_id, '', second)).toBe(0);
	});

	test('of somebody who leaves go with them', async () => {
		const { conversation_id } = await guest();
		const gone = await createPerson(sql, env);
		await sql`insert into public.memberships (organization_id, user_id, role) values (${organization.id}, ${gone.userId}, 'member')`;
		await save(gone, conversation_id, 'Almost done');
		await sql`delete from public.memberships where user_id = ${gone.userId} and organization_id = ${organization.id}`;
		expect(await sql`select from public.drafts where conversation_id = ${conversation_id}`).toHaveLength(0);
		expect(await sql`select from public.draft_marks where conversation_id = ${conversation_id}`).toHaveLength(0);
	});
});

test('templates are named once, whatever the case', async () => {
	const save = (name: string, id: string | null = null) =>
		as(maya, async (tx) => {
			const [row] =
				await tx`select api.save_template(${organization.id}, ${name}, 'Hello {{contact.name}}', ${id}) as id`;
			return row!.id as string;
		});
	const id = await save('Check-in');
	await expect(save('check-IN')).rejects.toMatchObject({ code: 'PT409', message: 'template_name_taken' });
	await expect(save(' ')).rejects.toMatchObject({ message: 'template_name_invalid' });
	expect(await save('Check in', id)).toBe(id);
	await as(maya, (tx) => tx`select api.delete_template(${id})`);
	await expect(as(maya, (tx) => tx`select api.delete_template(${id})`)).rejects.toMatchObject({ message: 'not_found' });
});
