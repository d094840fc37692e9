import { afterEach, expect, test, vi } from 'vitest';
import { createDatabase } from '#lib/server/database.ts';
import * as forms from '#lib/server/forms.ts';
import * as verifications from '#lib/server/verifications.ts';
import { cookieOf, jar, supabase } from './support.ts';

afterEach(() => void vi.unstubAllGlobals());

const filled = { service: 'gmail', number: '', ttl: '600', note: 'line\r\nline', idempotency_key: 'a-key-of-the-form' };
const read = (fields: Record<string, string>) => forms.parse(verifications.Request, fields);
const catalogue = { '/services': { body: [{ id: 'google', name: 'Google', words: ['google', 'gmail'] }] } };
const ask = (fields: Partial<typeof filled> = {}) =>
	verifications.request(createDatabase(jar(cookieOf('own', 3600)), false), 'o', read({ ...filled, ...fields }).draft!);

test('R5.1 a request is read as somebody fills it in, and each field says what is wrong with it', () => {
	expect(read(filled).draft).toEqual({ ...filled, ttl: 600, note: 'line\nline' });
	const { refused } = read({ ...filled, service: '', number: 'x', ttl: '59', note: 'n'.repeat(501) });
	expect(Object.keys(refused?.data.errors ?? {}).sort()).toEqual(['note', 'number', 'service', 'ttl']);
	expect(refused?.data.values.note).toHaveLength(501);
});

test('R5.1 a known service is asked for by any word for it, another one by its name', async () => {
	const asked = supabase({ ...catalogue, '/rpc/request_verification': { body: { id: 'v' } } });
	expect(await ask()).toBe('v');
	expect(await ask({ service: 'Our shop' })).toBe('v');
	const bodies = asked.filter(({ path }) => path.includes('rpc')).map(({ body }) => body);
	expect(bodies[0]).toMatchObject({ service_id: 'google', ttl_seconds: 600, idempotency_key: filled.idempotency_key });
	expect(bodies[1]).toMatchObject({ service_name: 'Our shop' });
	expect(bodies[0]).not.toHaveProperty('phone_number_id');
	expect(bodies[1]).not.toHaveProperty('service_id');
});

test('R5.1 who asks too often is told when the next one is taken', async () => {
	const hint = new Date(Date.now() + 41_500).toISOString();
	const body = { code: 'PT429', message: 'verifications_too_many', details: '', hint };
	supabase({ ...catalogue, '/rpc/request_verification': { status: 429, body } });
	const refusal = await ask().catch((cause: unknown) => forms.refusedBy(cause, filled));
	expect(refusal).toMatchObject({ status: 429, data: { slug: 'verifications_too_many', values: filled } });
	expect((refusal as { data: forms.Refused }).data.seconds).toBeGreaterThanOrEqual(41);
});
