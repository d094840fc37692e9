/** The calls about people and organizations that the product makes, by the default client of @supabase/supabase-js. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import { expect, test } from 'vitest';
import type { Database } from '../../supabase/functions/_shared/database.types.ts';
import { addMember, createNumber, createOrganization, createPerson, testPassword } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';

const { env, sql } = stack;
type Client = SupabaseClient<Database, 'api'>;

/** Somebody with an account and a client that is signed in, the password entered just now. */
async function person() {
	const account = await createPerson(sql, env);
	const database: Client = createClient<Database, 'api'>(env.SUPABASE_URL, env.SUPABASE_PUBLISHABLE_KEY, {
		db: { schema: 'api' }
	});
	const { email } = account;
	const { session } = await ok(database.auth.signInWithPassword({ email, password: testPassword }));
	await ok(database.auth.getUser());
	const claims = JSON.parse(Buffer.from(session!.access_token.split('.')[1]!, 'base64url').toString());
	await sql`select service.record_password_entered(${claims.session_id})`;
	return { ...account, database, current: String(claims.session_id) };
}

/** What was answered; a refusal is a failure. */
async function ok<T extends { data: unknown; error: unknown }>(answer: PromiseLike<T>): Promise<Answer<T>> {
	const { data, error } = await answer;
	if (error) throw error;
	return data as Answer<T>;
}
type Answer<T> = NonNullable<Extract<T, { error: null }> extends { data: infer D } ? D : never>;

test('R1.7 rpc my_sessions, my_sign_ins, end_session, end_other_sessions', async () => {
	const { database, current, email, userId } = await person();
	const other = randomUUID();
	await sql`insert into auth.sessions (id, user_id) values (${other}, ${userId})`;
	const devices = await ok(database.rpc('my_sessions'));
	expect(devices.filter((device) => device.is_current).map(({ id }) => id)).toEqual([current]);
	expect(devices.map(({ id }) => id)).toContain(other);
	expect((await database.rpc('end_session', { session_id: other })).error).toBeNull();
	expect((await ok(database.rpc('my_sessions'))).map(({ id }) => id)).not.toContain(other);
	await ok(database.rpc('end_other_sessions'));
	expect((await ok(database.rpc('my_sessions'))).map(({ id }) => id)).toEqual([current]);
	const [begun] = await sql<{ answer: { attempt_id: string } }[]>`
		select service.begin_sign_in(${email}, '203.0.113.7', 'a browser') as answer`;
	await sql`select service.finish_sign_in(${begun!.answer.attempt_id})`;
	expect(await ok(database.rpc('my_sign_ins'))).toContainEqual(expect.objectContaining({ address: '203.0.113.7' }));
});

test('R6.3 rpc update_profile; from uploads, rpc set_avatar, remove_avatar, set_logo, remove_logo answer with our refusals', async () => {
	const { database, username, organizationId } = await person();
	const profile = { username, full_name: 'Ada Sjöberg', locale: 'sv', time_zone: 'Europe/Stockholm' };
	expect((await database.rpc('update_profile', profile)).error).toBeNull();
	expect(await ok(database.rpc('me'))).toMatchObject({ full_name: 'Ada Sjöberg', time_zone: 'Europe/Stockholm' });
	const lost = await database.rpc('update_profile', { ...profile, time_zone: 'Nowhere/At_All' });
	expect(lost.status).toBe(422);

	expect(await ok(database.from('uploads').select('*'))).toEqual([]);
	const path = `${randomUUID()}/${randomUUID()}.webp`;
	const refused = [
		await database.rpc('set_avatar', { path }),
		await database.rpc('set_logo', { organization_id: organizationId, path })
	];
	for (const { error } of refused) expect(error?.code).toMatch(/^PT4/);
	expect((await database.rpc('remove_avatar')).error).toBeNull();
	expect((await database.rpc('remove_logo', { organization_id: organizationId })).error).toBeNull();
});

test('R6.4 auth.updateUser with the current password, and rpc my_email_change, cancel_email_change, confirm_fresh_session', async () => {
	const { database } = await person();
	expect((await database.rpc('confirm_fresh_session')).error).toBeNull();
	expect((await database.rpc('my_email_change')).data).toBeNull();
	expect((await database.rpc('cancel_email_change')).error).toBeNull();
	const password = 'eleven lanterns by the weir';
	const wrong = await database.auth.updateUser({ password, current_password: 'not it at all' });
	expect(wrong.error?.code).toBe('current_password_invalid');
	expect((await database.auth.updateUser({ password, current_password: testPassword })).error).toBeNull();
	const nobody = await database.auth.resetPasswordForEmail(`nobody-${randomBytes(4).toString('hex')}@people.example`);
	expect(nobody.error).toBeNull();
});

test('organizations: slug_available, create_organization, update_organization, and set_number_access with from number_access', async () => {
	const { database, userId } = await person();
	const slug = `firm-${randomBytes(4).toString('hex')}`;
	expect(await ok(database.rpc('slug_available', { slug }))).toBe(true);
	const made = await ok(database.rpc('create_organization', { name: 'Firm', slug, time_zone: 'UTC' }));
	const { id } = made as { id: string };
	expect(await ok(database.rpc('slug_available', { slug }))).toBe(false);
	const changed = { organization_id: id, name: 'Firm & Sons', slug, time_zone: 'Asia/Tokyo' };
	expect((await database.rpc('update_organization', changed)).error).toBeNull();
	expect(await ok(database.from('organizations').select('name').eq('id', id))).toEqual([{ name: 'Firm & Sons' }]);

	const number = await createNumber(sql, null, { organizationId: id });
	const access = { phone_number_id: number.id, restricted: true, roles: ['viewer' as const], user_ids: [userId] };
	expect((await database.rpc('set_number_access', access)).error).toBeNull();
	expect(await ok(database.from('number_access').select('*').eq('organization_id', id))).not.toEqual([]);
	expect(await ok(database.from('audit_log').select('verb').eq('organization_id', id))).toContainEqual({
		verb: 'number.access_changed'
	});
	expect(await ok(database.rpc('audit_people', { organization_id: id }))).toContainEqual(
		expect.objectContaining({ user_id: userId })
	);
	expect((await ok(database.rpc('export_audit_log', { organization_id: id, batch: 10 }))).length).toBeGreaterThan(0);
});

test('members: change_role, left_behind, remove_member, leave_organization, offer_ownership with from ownership_offers', async () => {
	const owner = await person();
	const [second, third] = [await person(), await person()];
	const organization = await createOrganization(sql, { owner });
	const at = { organization_id: organization.id };
	for (const { userId } of [second, third]) await addMember(sql, organization.id, { userId }, 'viewer');
	const lift = { ...at, user_id: second.userId, role: 'member' as const };
	expect((await owner.database.rpc('change_role', lift)).error).toBeNull();
	const raise = await second.database.rpc('change_role', { ...lift, role: 'admin' });
	expect(raise).toMatchObject({ status: 403, error: { message: 'not_allowed' } });

	expect((await owner.database.rpc('offer_ownership', { ...at, user_id: second.userId })).error).toBeNull();
	expect(
		await ok(second.database.from('ownership_offers').select('*').eq('organization_id', organization.id))
	).toHaveLength(1);
	expect((await second.database.rpc('decline_ownership', at)).error).toBeNull();
	expect((await owner.database.rpc('offer_ownership', { ...at, user_id: second.userId })).error).toBeNull();
	expect((await owner.database.rpc('withdraw_ownership', at)).error).toBeNull();

	expect(await ok(owner.database.rpc('left_behind', { ...at, user_id: third.userId }))).toBeTypeOf('object');
	expect((await owner.database.rpc('remove_member', { ...at, user_id: third.userId })).error).toBeNull();
	expect(await ok(third.database.from('members').select('user_id').eq('organization_id', organization.id))).toEqual([]);
	expect((await second.database.rpc('leave_organization', at)).error).toBeNull();
	expect((await owner.database.rpc('leave_organization', at)).error?.code).toBe('PT409');
});

test('invitations: invite, from invitations, resend_invitation, revoke_invitation, invitation_preview, accept_invitation', async () => {
	const [owner, guest] = [await person(), await person()];
	const organization = await createOrganization(sql, { owner });
	const invite = { organization_id: organization.id, email: guest.email, role: 'member' as const };
	const { id } = (await ok(owner.database.rpc('invite', invite))) as { id: string };
	expect(await ok(owner.database.from('invitations').select('email').eq('id', id))).toEqual([{ email: guest.email }]);
	expect((await owner.database.rpc('resend_invitation', { invitation_id: id })).error).toBeNull();
	// the worker makes the token for a letter and keeps its hash alone
	const token = randomBytes(32).toString('base64url');
	const [letter] = await sql<{ id: string }[]>`
		select id from private.invitation_letters where invitation_id = ${id} order by created_at desc limit 1`;
	const hash = createHash('sha256').update(token).digest('hex');
	await sql`select service.issue_invitation_token(${letter!.id}, ${hash})`;
	expect(await ok(guest.database.rpc('invitation_preview', { token }))).toMatchObject({
		state: 'open',
		role: 'member'
	});
	expect(await ok(guest.database.rpc('accept_invitation', { token }))).toMatchObject({ slug: organization.slug });
	expect((await owner.database.rpc('revoke_invitation', { invitation_id: id })).error?.code).toMatch(/^PT4/);
});

test('accounts: my_sole_ownerships, request_account_deletion, cancel_account_deletion', async () => {
	const { database } = await person();
	expect((await database.rpc('my_sole_ownerships')).error).toBeNull();
	expect(await ok(database.rpc('request_account_deletion'))).toEqual(expect.any(String));
	expect((await database.rpc('cancel_account_deletion')).error).toBeNull();
	expect(await ok(database.rpc('me'))).toMatchObject({ deletion_requested_at: null });
});
