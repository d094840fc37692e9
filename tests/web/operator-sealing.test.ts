import { randomBytes, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { offeredSecret, open, seal } from '../../web/src/lib/server/operators/sealing.ts';

const key = (name: string) => `${name}:${randomBytes(32).toString('base64url')}`;
const [older, newer] = [key('2025'), key('2026')];
const secret = randomBytes(20).toString('hex');
const who = randomUUID();

test('R6.7 what is kept of a secret is not the secret, differs each time, and opens for its operator alone', () => {
	const sealed = seal(older, who, secret);
	expect(sealed).toMatch(/^2025(\.[\w-]{10,100}){3}$/);
	for (const form of ['hex', 'base64', 'base64url'] as const) {
		expect(sealed).not.toContain(Buffer.from(secret, 'hex').toString(form).slice(0, 8));
	}
	expect(seal(older, who, secret)).not.toBe(sealed);
	expect(open(older, who, sealed)).toEqual({ secret, isStale: false });
	expect(() => open(older, randomUUID(), sealed)).toThrow();
});

test('R6.7 what was changed opens nothing, nor does a key of the same name that is another', () => {
	const sealed = seal(older, who, secret);
	const parts = sealed.split('.');
	for (const place of [1, 2, 3]) {
		const part = parts[place]!;
		const changed = parts.with(place, (part.startsWith('A') ? 'B' : 'A') + part.slice(1));
		expect(() => open(older, who, changed.join('.')), String(place)).toThrow();
	}
	expect(() => open(older, who, parts.slice(0, 3).join('.'))).toThrow();
	expect(() => open(key('2025'), who, sealed)).toThrow();
	expect(() => open(newer, who, sealed)).toThrow('no key 2025');
});

test('R6.7 keys are changed one after the other: the first seals, all open, and what an older one sealed is told', () => {
	const sealed = seal(older, who, secret);
	const both = `${newer},${older}`;
	expect(open(both, who, sealed)).toEqual({ secret, isStale: true });
	const anew = seal(both, who, secret);
	expect(anew).toMatch(/^2026\./);
	expect(open(newer, who, anew)).toEqual({ secret, isStale: false });
	expect(() => seal('', who, secret)).toThrow('OPERATORS_KEYS is not set');
});

test('R6.7 what a link offers follows from its token and the key, and is 160 bits', () => {
	expect(offeredSecret(older, 'a')).toMatch(/^[0-9a-f]{40}$/);
	expect(offeredSecret(older, 'a')).toBe(offeredSecret(older, 'a'));
	expect(new Set([offeredSecret(older, 'a'), offeredSecret(older, 'b'), offeredSecret(newer, 'a')]).size).toBe(3);
});
