import { expect, test } from 'vitest';
import { judgePassword } from '#core/password-strength.ts';
import { PasswordVerdict } from '#lib/account/password-verdict.svelte.ts';

test('the word lists come with the first use of the field, once; without them nothing is said', async () => {
	let loads = 0;
	const verdict = new PasswordVerdict(() => {
		loads += 1;
		return loads === 1 ? Promise.reject(new Error('offline')) : Promise.resolve(judgePassword);
	});
	expect(verdict.of('password1234', [])).toBeUndefined();
	expect(loads).toBe(0);
	await verdict.prepare();
	expect(verdict.of('password1234', [])).toBeUndefined();
	await Promise.all([verdict.prepare(), verdict.prepare()]);
	expect(loads).toBe(2);
	expect(verdict.of('password1234', [])).toMatchObject({ problem: 'weak' });
	expect(verdict.of('', [])).toBeUndefined();
});
