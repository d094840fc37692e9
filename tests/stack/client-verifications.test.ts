/** Verifications and codes, by the default client of @supabase/supabase-js. */
import { randomUUID } from 'node:crypto';
import { createClient } from '@supabase/supabase-js';
import { expect, test } from 'vitest';
import type { Verification } from '#core/verifications.ts';
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

test('R5.1 R5.8 rpc confirm_allowed_use, request_verification, choose_verification, reveal_code, complete_verification, cancel_verification, set_code_settings; from services, verifications, verification_codes', async () => {
	const [noor, maya] = await Promise.all([createPerson(sql, env), createPerson(sql, env)]);
	const { id: organization_id } = await createOrganization(sql, {
		owner: noor,
		members: [{ person: maya, role: 'member' }]
	});
	const number = await createNumber(sql, env, { organizationId: organization_id });
	const [owner, member] = [await signedIn(noor), await signedIn(maya)];

	const services = await member.from('services').select('id,name,senders,words').eq('id', 'google').limit(1);
	expect(services.data).toMatchObject([{ id: 'google', name: 'Google' }]);
	const request = () =>
		member.rpc('request_verification', { organization_id, idempotency_key: randomUUID(), service_id: 'google' });
	expect((await request()).error).toMatchObject({ message: 'allowed_use_unconfirmed' });
	expect((await owner.rpc('confirm_allowed_use', { organization_id })).error).toBeNull();
	const [mine, other] = [(await request()).data as Verification, (await request()).data as Verification];

	// two that fit equally
	const response = await fetch(`${env.CARRIER_URL}/handsets/${encodeURIComponent(inventNumber())}/texts`, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ to: number.e164, body: 'G-482910 is your Google verification code' })
	});
	expect(response.ok).toBe(true);
	const codes = () => member.from('verification_codes').select('*').eq('organization_id', organization_id).limit(10);
	await expect
		.poll(async () => (await codes()).data, { timeout: 20_000 })
		.toMatchObject([{ code: '482910', candidate_ids: [mine.id, other.id], verification_id: null }]);
	const code_id = (await codes()).data![0]!.id!;
	const chosen = await member.rpc('choose_verification', { code_id, verification_id: mine.id });
	expect(chosen.data).toMatchObject({ id: mine.id, status: 'code_received', code: '482910' });
	expect((await owner.rpc('reveal_code', { code_id })).data).toBe('482910');
	const completed = await member.rpc('complete_verification', { verification_id: mine.id });
	expect(completed.data).toMatchObject({ status: 'completed', final_code: '482910' });
	const cancelled = await owner.rpc('cancel_verification', { verification_id: other.id, reason: 'twice' });
	expect(cancelled.data).toMatchObject({ status: 'cancelled', cancel_reason: 'twice' });
	const listed = await owner
		.from('verifications')
		.select('id,status,final_code')
		.eq('organization_id', organization_id)
		.order('id', { ascending: false });
	expect(listed.data).toMatchObject([{ id: other.id }, { id: mine.id, final_code: '482910' }]);
	const settings = { organization_id, code_roles: ['owner' as const], code_hours: 24 };
	expect((await member.rpc('set_code_settings', settings)).error).toMatchObject({ message: 'not_allowed' });
});

test('R5.2 R5.4 rpc count_verifications, verification_rates, services_asked_of, save_view, delete_view; from saved_views', async () => {
	const noor = await createPerson(sql, env);
	const { id: organization_id } = await createOrganization(sql, { owner: noor });
	await createNumber(sql, env, { organizationId: organization_id });
	const owner = await signedIn(noor);
	await owner.rpc('confirm_allowed_use', { organization_id });
	const asked = await owner.rpc('request_verification', {
		organization_id,
		idempotency_key: randomUUID(),
		service_name: 'Our own shop'
	});
	const { id } = asked.data as Verification;
	const since = new Date(Date.now() - 60_000).toISOString();

	const counted = await owner.rpc('count_verifications', { organization_id, service_name: 'Our own shop', since });
	expect(counted.data).toEqual({ counts: { waiting: 1 }, capped: false });
	const rates = await owner.rpc('verification_rates', { organization_id, hours: 24 });
	expect(rates.data).toEqual({ asked: 1, capped: false, services: [], numbers: [] });
	expect((await owner.rpc('services_asked_of', { organization_id })).data).toEqual(['Our own shop']);
	const listed = await owner
		.from('verifications')
		.select('*')
		.eq('organization_id', organization_id)
		.filter('status', 'in', '(waiting,expired)')
		.filter('id', 'gte', id)
		.order('id', { ascending: false })
		.limit(51);
	expect(listed.data).toMatchObject([{ id, service_name: 'Our own shop', code: null, has_code: false }]);

	const saved = await owner.rpc('save_view', { organization_id, name: 'Late ones', query: 'status=expired' });
	const views = () =>
		owner.from('saved_views').select('id,name,query').eq('organization_id', organization_id).order('name');
	expect((await views()).data).toEqual([{ id: saved.data, name: 'Late ones', query: 'status=expired' }]);
	expect((await owner.rpc('delete_view', { view_id: String(saved.data) })).error).toBeNull();
	expect((await views()).data).toEqual([]);
});

test('R5.7 rpc count_verification_export, export_verifications, request_verification_export, remove_verification_export; from verification_exports, verification_export_parts', async () => {
	const noor = await createPerson(sql, env);
	const organization_id = noor.organizationId;
	const owner = await signedIn(noor);
	const filters = { service: null, status: ['waiting'], since: '2026-01-01T00:00:00.000Z' };
	expect((await owner.rpc('count_verification_export', { organization_id, filters })).data).toBe(0);
	const page = await owner.rpc('export_verifications', { organization_id, filters, batch: 10 });
	expect(page.data).toEqual({ count: 0, last_id: null, phone_number_ids: [], foreign_codes: false, rows: [] });
	const asked = await owner.rpc('request_verification_export', { organization_id, format: 'json', filters });
	const export_id = String(asked.data);
	const mine = () => owner.from('verification_exports').select('id,finished_at').eq('organization_id', organization_id);
	await expect
		.poll(async () => (await mine()).data, { timeout: 20_000 })
		.toEqual([{ id: export_id, finished_at: expect.any(String) }]);
	const parts = await owner
		.from('verification_export_parts')
		.select('part,row_count')
		.in('export_id', [export_id])
		.order('part');
	expect(parts.data).toEqual([{ part: 1, row_count: 0 }]);
	expect((await owner.rpc('remove_verification_export', { export_id })).error).toBeNull();
	expect((await mine()).data).toEqual([]);
});

test('R5.3 rpc save_code_rule, delete_code_rule, replay_texts; from code_rules', async () => {
	const noor = await createPerson(sql, env);
	const { organizationId: organization_id } = noor;
	const owner = await signedIn(noor);
	const wording = { verdict: 'code', before: 'harbour lamp ', after: '' };
	const saved = await owner.rpc('save_code_rule', { organization_id, ...wording });
	const rules = () => owner.from('code_rules').select('id,verdict,before,after').eq('organization_id', organization_id);
	expect((await rules()).data).toEqual([{ id: saved.data, ...wording }]);
	expect((await owner.rpc('replay_texts', { organization_id })).data).toEqual({ texts: [], next: null });
	expect((await owner.rpc('delete_code_rule', { rule_id: String(saved.data) })).error).toBeNull();
	expect((await rules()).data).toEqual([]);
});
