/** The calls about contacts, search and colleagues that the product makes, by the default client of @supabase/supabase-js. */
import { randomUUID } from 'node:crypto';
import { createClient } from '@supabase/supabase-js';
import { expect, test } from 'vitest';
import type { Database } from '../../supabase/functions/_shared/database.types.ts';
import {
	addMember,
	createNumber,
	createOrganization,
	createPerson,
	inventNumber,
	testPassword
} from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';

const { env, sql } = stack;

/** A team of two with a number and one text, and a client that is signed in. */
async function team() {
	const [noor, maya] = [await createPerson(sql, env), await createPerson(sql, env)];
	const organization = await createOrganization(sql, { owner: noor, members: [{ person: maya, role: 'member' }] });
	const number = await createNumber(sql, env, { organizationId: organization.id });
	const guest = inventNumber();
	const sid = `SM${randomUUID().replaceAll('-', '')}`;
	await sql`select service.receive_message('twilio', ${sid}, ${guest}, ${number.e164}, 'the key to the flat', 1, null, '{}')`;
	const database = createClient<Database, 'api'>(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, {
		db: { schema: 'api' }
	});
	const { error } = await database.auth.signInWithPassword({ email: noor.email, password: testPassword });
	if (error) throw error;
	return { noor, maya, organization_id: organization.id, guest, database };
}

/** What was answered; a refusal is a failure. */
async function ok<T>(answer: PromiseLike<{ data: T; error: unknown }>): Promise<NonNullable<T>> {
	const { data, error } = await answer;
	if (error) throw error;
	return data as NonNullable<T>;
}

test('R2.2 rpc create_contact, update_contact, import_contacts, merge_contacts, split_contact, block_contact, unblock_contact', async () => {
	const { organization_id, guest, database } = await team();
	const made = await ok(
		database.rpc('create_contact', { organization_id, phone_number: guest, name: 'Ana', notes: '' })
	);
	const { id: contact_id } = made as { id: string };
	await ok(database.rpc('update_contact', { contact_id, name: 'Ana "Costa", x', notes: 'y' }));
	const rows = [{ phone_number: '+14155550123', name: 'Zoë (x), "y"', notes: '' }];
	expect(await ok(database.rpc('import_contacts', { organization_id, rows, dry_run: false }))).toEqual(['created']);
	const [first, second] = await ok(
		database.from('contacts').select('*').eq('organization_id', organization_id).order('sort_name').order('id')
	);
	expect([first?.name, second?.name]).toEqual(['Ana "Costa", x', 'Zoë (x), "y"']);
	// the page after a place, as the list asks for it
	const name = JSON.stringify(first!.sort_name);
	const after = await ok(
		database
			.from('contacts')
			.select('id')
			.eq('organization_id', organization_id)
			.gte('sort_name', String(first!.sort_name))
			.or(`sort_name.gt.${name},and(sort_name.eq.${name},id.gt.${first!.id})`)
	);
	expect(after).toEqual([{ id: second!.id }]);
	await ok(database.rpc('merge_contacts', { into_id: contact_id, ids: [second!.id!] }));
	await ok(database.rpc('split_contact', { contact_id }));
	await ok(database.rpc('block_contact', { contact_id }));
	await ok(database.rpc('unblock_contact', { contact_id }));
});

test('R2.5 rpc search_messages, search_contacts', async () => {
	const { organization_id, guest, database } = await team();
	const filters = { direction: 'inbound', since: '2020-01-01' };
	const texts = await ok(database.rpc('search_messages', { organization_id, query: 'flat key', filters, batch: 5 }));
	expect(texts).toMatchObject({
		before_id: null,
		hits: [{ body: 'the key to the flat', seq: 1, contact_number: guest }]
	});
	const found = await ok(database.rpc('search_contacts', { organization_id, query: guest.slice(-7) }));
	expect(found).toMatchObject({ contacts: [{ phone_number: guest }], teams: [] });
});

test('R2.2 rpc create_team_conversation, post_team_message, add_participants, remove_participant, rename_team_conversation', async () => {
	const { organization_id, maya, database } = await team();
	const another = await createPerson(sql, env);
	await addMember(sql, organization_id, another, 'member');
	const conversation_id = await ok(
		database.rpc('create_team_conversation', { organization_id, title: 'Us', user_ids: [maya.userId] })
	);
	const draft = { conversation_id, body: 'hello', idempotency_key: randomUUID(), seen_seq: 0 };
	expect(await ok(database.rpc('post_team_message', draft))).toMatchObject({ seq: 1, status: 'delivered' });
	await ok(database.rpc('add_participants', { conversation_id, user_ids: [another.userId] }));
	await ok(database.rpc('remove_participant', { conversation_id, user_id: maya.userId }));
	await ok(database.rpc('rename_team_conversation', { conversation_id, title: 'Others' }));
	const [row] = await ok(database.from('conversations').select('title, participant_ids').eq('id', conversation_id));
	expect(row?.title).toBe('Others');
	expect(row?.participant_ids).toHaveLength(2);
});
