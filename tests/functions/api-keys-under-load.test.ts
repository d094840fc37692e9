import { createHash, randomBytes } from 'node:crypto';
import { afterAll, expect, test } from 'vitest';
import { makeKey } from '#core/api-keys.ts';
import { createOrganization, createPerson } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as } from '../db/acting.ts';
import { openApi } from './api-door.ts';
import { createKey, revokeKey } from './api-keys.ts';

const { env, sql } = stack;
const api = openApi(env);
afterAll(() => api.end());

const clients = 8;
const all = (work: (client: number) => Promise<void>) =>
	Promise.all(Array.from({ length: clients }, (_, client) => work(client)));

async function scene() {
	const owner = await createPerson(sql, env);
	const { id: organizationId } = await createOrganization(sql, { owner, plan: 'scale' });
	await sql`select private.record_password_entered(${owner.sessionId})`;
	return { owner, key: await createKey(sql, organizationId, { scopes: ['contacts:read'] }) };
}

test('R7.3 of eight busy clients none is let in that asks later than a second after its key was revoked', async () => {
	const { key } = await scene();
	let admitted = 0;
	let latest = 0;
	const busy = Promise.withResolvers<undefined>();
	const asking = all(async () => {
		// who is refused once stays refused
		for (let refused = 0; refused < 2;) {
			const began = performance.now();
			const { status } = await api.get('/me', key);
			expect([200, 401]).toContain(status);
			if (status === 401) refused++;
			else {
				expect(refused).toBe(0);
				latest = Math.max(latest, began);
				if (++admitted === 3 * clients) busy.resolve(undefined);
			}
		}
	});
	await busy.promise;
	await revokeKey(sql, key.id);
	const revokedAt = performance.now();
	await asking;
	expect(admitted).toBeGreaterThanOrEqual(3 * clients);
	expect(latest).toBeLessThanOrEqual(revokedAt + 1000);
});

test('R6.7 of eight busy clients none fails while the key is rotated with an overlap and they change over', async () => {
	const { owner, key } = await scene();
	const next = makeKey('live', randomBytes);
	const hash = createHash('sha256').update(next.key).digest('hex');
	let current = key.accessToken;
	const busy = Promise.withResolvers<undefined>();
	let answered = 0;
	const statuses = new Set<number>();
	const asking = all(async (client) => {
		for (let i = 0; i < 8; i++) {
			// half of them come round to it late
			const accessToken = client % 2 ? key.accessToken : current;
			statuses.add((await api.get('/me', { accessToken })).status);
			if (++answered === 2 * clients) busy.resolve(undefined);
		}
	});
	await busy.promise;
	await as(owner, (tx) => tx`select api.rotate_api_key(${key.id}, ${next.id}, ${hash}, 3600)`);
	current = next.key;
	await asking;
	expect([...statuses]).toEqual([200]);
	expect((await api.get('/me', { accessToken: next.key })).status).toBe(200);
});
