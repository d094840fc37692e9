import { createHash, randomBytes } from 'node:crypto';
import type { TransactionSql } from 'postgres';
import { describe, expect, test } from 'vitest';
import { keyPrefix, makeKey } from '#core/api-keys.ts';
import type { KeyScope } from '#core/key-scopes.ts';
import { stack } from '../support/shared-stack.ts';
import { createNumber, createOrganization, createPerson, inventNumber, type Person } from '../support/people.ts';
import { as, edge, receive } from './acting.ts';

const { sql, env } = stack;

type Wish = { numbers?: string[]; from?: string[]; expires?: string; mode?: 'live' | 'test' };

/** A key made as the app's server makes it. */
async function makeOne(owner: Person, organizationId: string, scopes: KeyScope[], wish: Wish = {}) {
	const { key, id, mode } = makeKey(wish.mode ?? 'live', randomBytes);
	const row = await as(owner, async (tx) => {
		const [made] = await tx<{ id: string }[]>`
			select api.create_api_key(${organizationId}, 'Booking sync', ${mode}, ${id}, ${hashOf(key)}, ${scopes},
				${wish.numbers ?? null}, ${wish.from ?? null}, ${wish.expires ?? null}) as id`;
		return made!;
	});
	return { key, id: row.id };
}

const hashOf = (key: string) => createHash('sha256').update(key).digest('hex');

type Checked = { outcome: string; key_id?: string; organization_id?: string; scopes?: string[] };

async function check(key: string, address = '203.0.113.7', mistyped = false): Promise<Checked> {
	const [row] = await sql<{ answer: Checked }[]>`
		select private.check_api_key(${keyPrefix(key)}, ${mistyped ? null : hashOf(key)}, ${address}, 'GET /v1/me') as answer`;
	return row!.answer;
}

/** Runs statements as a key, the way the door does. */
async function by<T>(keyId: string, work: (tx: TransactionSql) => Promise<T>, address = '203.0.113.7'): Promise<T> {
	return (await edge.begin(async (tx) => {
		const claims = JSON.stringify({ role: 'api_key', key_id: keyId, address });
		await tx`select set_config('role', 'api_key', true), set_config('request.jwt.claims', ${claims}, true)`;
		return work(tx);
	})) as T;
}

async function scene() {
	const owner = await createPerson(sql, env);
	const { id: organizationId } = await createOrganization(sql, { owner });
	const [desk, other] = [
		await createNumber(sql, null, { organizationId }),
		await createNumber(sql, null, { organizationId })
	];
	await sql`select private.record_password_entered(${owner.sessionId})`;
	await sql`update public.organizations set allowed_use_confirmed_at = now() where id = ${organizationId}`;
	return { owner, organizationId, desk, other };
}

const refusal = (slug: string) => expect.objectContaining({ message: slug });

describe('R6.7 an API key', () => {
	test('reads what its scopes say, sends as itself, and is dead at once when revoked', async () => {
		const { owner, organizationId, desk, other } = await scene();
		const guest = inventNumber();
		await receive(desk.e164, { from: guest, body: 'For the desk' });
		await receive(other.e164, { from: guest, body: 'For the other' });
		const { id, key } = await makeOne(owner, organizationId, ['messages:read', 'messages:write'], {
			numbers: [desk.id]
		});

		expect(await check(key)).toMatchObject({ outcome: 'allowed', key_id: id, organization_id: organizationId });
		const bodies = () => by(id, (tx) => tx<{ body: string }[]>`select body from api.messages`);
		expect((await bodies()).map(({ body }) => body)).toEqual(['For the desk']);
		expect(await by(id, (tx) => tx`select id from api.contacts`)).toEqual([]);

		const sendFrom = (number: string) =>
			by(id, async (tx) => {
				const [row] = await tx<{ message: Record<string, unknown> }[]>`
					select api.send_message('By a program', ${crypto.randomUUID()}, null, ${number}, ${guest}) as message`;
				return row!.message;
			});
		expect(await sendFrom(desk.id)).toMatchObject({ origin: 'api_key', author_id: null, api_key_id: id });
		await expect(sendFrom(other.id)).rejects.toEqual(refusal('not_found'));

		await as(owner, (tx) => tx`select api.revoke_api_key(${id})`);
		expect(await check(key)).toMatchObject({ outcome: 'refused' });
		expect(await bodies()).toEqual([]);
		await expect(sendFrom(desk.id)).rejects.toEqual(refusal('unauthorized'));
		const log = await as(owner, (tx) => tx<{ reason: string }[]>`select reason from api.api_key_refusals`);
		expect(log.map(({ reason }) => reason)).toEqual(['revoked']);
	});

	test('does nothing that its scopes do not say, and calls no verb that is not for keys', async () => {
		const { owner, organizationId, desk } = await scene();
		const { id } = await makeOne(owner, organizationId, ['messages:read']);
		const text = (tx: TransactionSql) => tx`
			select api.send_message('By a program', 'a key', null, ${desk.id}, ${inventNumber()})`;
		await expect(by(id, text)).rejects.toEqual(refusal('scope_missing'));
		const create = (tx: TransactionSql) => tx`select api.create_contact(${organizationId}, ${inventNumber()})`;
		await expect(by(id, create)).rejects.toEqual(refusal('scope_missing'));
		const raise = (tx: TransactionSql) => tx`select api.rename_api_key(${id}, 'Another')`;
		await expect(by(id, raise)).rejects.toMatchObject({ code: '42501' });
	});

	test('asks for codes, reads them, and cancels no request but its own', async () => {
		const { owner, organizationId, desk } = await scene();
		const scopes: KeyScope[] = ['verifications:read', 'verifications:write'];
		const [one, two] = [await makeOne(owner, organizationId, scopes), await makeOne(owner, organizationId, scopes)];
		type Asked = { id: string; api_key_id: string; code: string | null };
		const ask = (key: string) =>
			by(key, async (tx) => {
				const [row] = await tx<{ asked: Asked }[]>`
					select api.request_verification(${organizationId}, ${crypto.randomUUID()}, 'google', null, ${desk.id}) as asked`;
				return row!.asked;
			});
		const asked = await ask(one.id);
		expect(asked.api_key_id).toBe(one.id);
		await receive(desk.e164, { from: '+14155550100', body: 'G-482910 is your Google verification code.' });
		const [seen] = await by(one.id, (tx) => tx<Asked[]>`select * from api.verifications where id = ${asked.id}`);
		expect(seen?.code).toBe('482910');
		const cancel = (tx: TransactionSql) => tx`select api.cancel_verification(${asked.id})`;
		await expect(by(two.id, cancel)).rejects.toEqual(refusal('scope_missing'));
		await by(one.id, cancel);
		const [line] = await sql`select actor_kind, actor_id, address from public.audit_log
			where organization_id = ${organizationId} and verb = 'verification.cancelled'`;
		expect(line).toEqual({ actor_kind: 'key', actor_id: one.id, address: '203.0.113.7' });
	});

	test('is refused alike whatever is wrong, and the reason is written down', async () => {
		const { owner, organizationId } = await scene();
		const near = await makeOne(owner, organizationId, ['usage:read'], { from: ['203.0.113.0/24', '2001:db8::7'] });
		expect(await check(near.key)).toMatchObject({ outcome: 'allowed' });
		expect(await check(near.key, '2001:db8::7')).toMatchObject({ outcome: 'allowed' });
		const refused = { outcome: 'refused' };
		expect(await check(near.key, '198.51.100.7')).toMatchObject(refused);
		expect(await by(near.id, (tx) => tx`select from api.segment_allowances`, '198.51.100.7')).toEqual([]);
		expect(await check(near.key, '203.0.113.7', true)).toMatchObject(refused);
		expect(await check(`${near.key.slice(0, -6)}000000`)).toMatchObject(refused);
		await sql`update public.api_keys set expires_at = now() where id = ${near.id}`;
		expect(await check(near.key)).toMatchObject(refused);
		const stranger = makeKey('live', randomBytes).key;
		expect(await check(stranger)).toMatchObject(refused);
		const log = await as(owner, (tx) => tx`select reason, address from api.api_key_refusals order by id`);
		expect(log.map(({ reason, address }) => [reason, address])).toEqual([
			['address', '198.51.100.7'],
			['mistyped', '203.0.113.7'],
			['wrong_secret', '203.0.113.7'],
			['expired', '203.0.113.7']
		]);
		const unknown = await sql`select prefix from private.unknown_key_refusals where prefix = ${keyPrefix(stranger)}`;
		expect(unknown.length).toBe(1);
	});

	test('is rotated with an overlap in which both are let in, and only once', async () => {
		const { owner, organizationId } = await scene();
		const old = await makeOne(owner, organizationId, ['messages:read']);
		const rotate = (overlap: number) =>
			as(owner, async (tx) => {
				const { key, id } = makeKey('live', randomBytes);
				const [row] = await tx<{ id: string }[]>`
					select api.rotate_api_key(${old.id}, ${id}, ${hashOf(key)}, ${overlap}) as id`;
				return { key, id: row!.id };
			});
		const next = await rotate(3600);
		for (const { key } of [old, next])
			expect(await check(key)).toMatchObject({ outcome: 'allowed', scopes: ['messages:read'] });
		await expect(rotate(0)).rejects.toEqual(refusal('key_rotated'));
		await sql`update public.api_keys set expires_at = clock_timestamp() where id = ${old.id}`;
		expect([(await check(old.key)).outcome, (await check(next.key)).outcome]).toEqual(['refused', 'allowed']);
	});

	test('is made with a fresh password only, and its last use is kept once a minute', async () => {
		const { owner, organizationId } = await scene();
		const { id, key } = await makeOne(owner, organizationId, ['messages:read']);
		await check(key);
		const used = async () => {
			const [row] = await sql<{ last: Date; endpoint: string }[]>`
				select last_used_at as last, last_used_endpoint as endpoint from public.api_keys where id = ${id}`;
			return row!;
		};
		const first = await used();
		expect(first.endpoint).toBe('GET /v1/me');
		await check(key);
		expect(await used()).toEqual(first);
		await sql`update public.api_keys set last_used_at = now() - interval '61 seconds' where id = ${id}`;
		await check(key);
		expect((await used()).last.getTime()).toBeGreaterThan(first.last.getTime());

		await sql`update private.session_details set password_entered_at = now() - interval '1 hour' where session_id = ${owner.sessionId}`;
		await expect(makeOne(owner, organizationId, ['messages:read'])).rejects.toEqual(refusal('fresh_session_required'));
		await expect(makeOne(owner, organizationId, [])).rejects.toEqual(refusal('fresh_session_required'));
	});

	test('is narrowed at once, widened only with a fresh password, and says which scopes it needed', async () => {
		const { owner, organizationId, desk } = await scene();
		const { id, key } = await makeOne(owner, organizationId, ['messages:read', 'usage:read']);
		const change = (scopes: KeyScope[], numbers: string[] | null = [desk.id], from: string[] | null = null) =>
			as(owner, (tx) => tx`select api.change_api_key(${id}, ${scopes}, ${numbers}, ${from})`);
		const note = (scopes: string[]) => edge`select service.note_key_scopes(${id}, ${scopes})`;
		await note(['messages:read', 'contacts:read']);
		await note([]);
		const [kept] = await as(owner, (tx) => tx`select scope_uses from api.api_keys where id = ${id}`);
		expect(Object.keys(kept!.scope_uses as object)).toEqual(['messages:read']);

		await sql`update private.session_details set password_entered_at = now() - interval '1 hour' where session_id = ${owner.sessionId}`;
		await change(['messages:read']);
		expect(await check(key)).toMatchObject({ scopes: ['messages:read'] });
		await change(['messages:read'], [desk.id], ['203.0.113.0/24']);
		for (const wider of [
			() => change(['messages:read', 'contacts:read'], [desk.id], ['203.0.113.0/24']),
			() => change(['messages:read'], null, ['203.0.113.0/24']),
			() => change(['messages:read'], [desk.id], null)
		])
			await expect(wider()).rejects.toEqual(refusal('fresh_session_required'));
		await as(owner, (tx) => tx`select api.revoke_api_key(${id})`);
		await expect(change(['messages:read'])).rejects.toEqual(refusal('key_over'));
		const verbs = await sql`select verb from public.audit_log where organization_id = ${organizationId} order by id`;
		expect(verbs.map(({ verb }) => verb)).toEqual(['key.created', 'key.changed', 'key.changed', 'key.revoked']);
	});
});
