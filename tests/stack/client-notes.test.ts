/** Notes and notifications, by the default client of @supabase/supabase-js. */
import { randomUUID } from 'node:crypto';
import { createClient } from '@supabase/supabase-js';
import { expect, test } from 'vitest';
import { notificationDefaults, type NotificationSettings } from '#core/notifications.ts';
import type { Database } from '../../supabase/functions/_shared/database.types.ts';
import { createNumber, createOrganization, createPerson, inventNumber, testPassword } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';

const { env, sql } = stack;

async function signedIn(person: { email: string }) {
	const database = createClient<Database, 'api'>(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, {
		db: { schema: 'api' }
	});
	const { error } = await database.auth.signInWithPassword({ email: person.email, password: testPassword });
	if (error) throw error;
	return database;
}

test('R3.7 R3.5 rpc add_note, edit_note, remove_note, mark_notifications_read; from notes, notifications', async () => {
	const [noor, maya] = await Promise.all([createPerson(sql, env), createPerson(sql, env)]);
	const organization = await createOrganization(sql, { owner: noor, members: [{ person: maya, role: 'member' }] });
	const number = await createNumber(sql, null, { organizationId: organization.id });
	const [row] = await sql`
		select private.open_conversation(${organization.id}, ${number.id}, ${inventNumber()}) as id`;
	const conversation_id = String(row!.id);
	const [database, colleague] = [await signedIn(noor), await signedIn(maya)];

	const body = `@${maya.username} look`;
	const added = await database.rpc('add_note', { conversation_id, body, idempotency_key: randomUUID() });
	expect(added).toMatchObject({ error: null, data: { note: { body }, without_access: [] } });
	const { id } = (added.data as { note: { id: string } }).note;
	const notes = () =>
		colleague
			.from('notes')
			.select('*')
			.eq('conversation_id', conversation_id)
			.order('after_seq', { ascending: false })
			.order('id', { ascending: false })
			.limit(10);
	expect((await notes()).data).toMatchObject([{ id, after_seq: 0, revision: 1, mentioned_ids: [maya.userId] }]);
	const edited = await database.rpc('edit_note', { note_id: id, body: `${body} again` });
	expect(edited.data).toMatchObject({ note: { body: `${body} again`, revision: 2 } });

	const unread = () =>
		colleague.from('notifications').select('*').eq('organization_id', organization.id).is('read_at', null).limit(10);
	const [told] = (await unread()).data!;
	expect(told).toMatchObject({ kind: 'mention', note_id: id, body: `${body} again`, actor_id: noor.userId });
	const read = { organization_id: organization.id, notification_ids: [told!.id!] };
	expect((await colleague.rpc('mark_notifications_read', read)).error).toBeNull();
	expect((await unread()).data).toEqual([]);
	expect((await colleague.rpc('mark_notifications_read', { organization_id: organization.id })).error).toBeNull();

	expect((await colleague.rpc('remove_note', { note_id: id })).error).toMatchObject({ message: 'not_allowed' });
	expect((await database.rpc('remove_note', { note_id: id })).error).toBeNull();
	expect((await notes()).data).toMatchObject([{ id, body: '', deleted_at: expect.any(String) }]);
});

test('R6.8 rpc notification_settings, choose_notifications, set_notification_hours, subscribe_push, unsubscribe_push, try_notification', async () => {
	const noor = await createPerson(sql, env);
	const { id: organization_id } = await createOrganization(sql, { owner: noor });
	const number = await createNumber(sql, null, { organizationId: organization_id });
	const database = await signedIn(noor);
	const settings = async () =>
		(await database.rpc('notification_settings', { organization_id })).data as unknown as NotificationSettings;

	expect((await settings()).choices).toEqual(notificationDefaults);
	const choice = { event: 'message', bell: true, push: false, email: 'hourly' } as const;
	expect((await database.rpc('choose_notifications', { organization_id, choices: [choice] })).error).toBeNull();
	const quiet = { ...choice, bell: false, email: 'off' as const };
	const at = { organization_id, choices: [quiet], phone_number_id: number.id };
	expect((await database.rpc('choose_notifications', at)).error).toBeNull();
	const hours = { quiet_from: '22:00', quiet_until: '07:00', mentions_break_through: true, digest_at: '09:30' };
	expect((await database.rpc('set_notification_hours', hours)).error).toBeNull();
	const device = { endpoint: `https://push.example/${randomUUID()}`, p256dh: 'B'.repeat(87), auth: 'a'.repeat(22) };
	expect((await database.rpc('subscribe_push', device)).error).toBeNull();

	const chosen = await settings();
	expect(chosen.choices.find(({ event }) => event === 'message')).toMatchObject(choice);
	expect(chosen.numbers).toEqual([{ ...quiet, phone_number_id: number.id }]);
	expect(chosen.hours).toEqual({ ...hours, quiet_from: '22:00:00', quiet_until: '07:00:00', digest_at: '09:30:00' });
	expect(chosen.devices).toMatchObject([{ is_current: true }]);
	expect((await database.rpc('unsubscribe_push', { endpoint: device.endpoint })).error).toBeNull();
	expect((await settings()).devices).toEqual([]);

	for (const wrong of [
		{},
		[{ event: 'weather' }],
		[{ ...choice, event: 'numbers', email: 'unread' }],
		[choice, choice]
	])
		expect((await database.rpc('choose_notifications', { organization_id, choices: wrong })).error).toMatchObject({
			message: 'malformed'
		});
	expect(await settings()).toMatchObject({ numbers: [{ event: 'message' }] });

	expect((await database.rpc('try_notification', { organization_id, channel: 'bell' })).error).toBeNull();
	const { data } = await database.from('notifications').select('topic').eq('organization_id', organization_id);
	expect(data).toEqual([{ topic: 'test' }]);
});
