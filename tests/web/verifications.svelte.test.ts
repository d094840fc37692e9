import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Verification, VerificationCode } from '#core/verifications.ts';
import { Choosing, fitting } from '#lib/verifications/choosing.svelte.ts';
import { lasting, left, took } from '#lib/verifications/moments.ts';
import type { Opened } from '#lib/verifications/reads.ts';
import { Waiting } from '#lib/verifications/waiting.svelte.ts';
import { groupsOf, storyOf } from '#lib/verifications/words.ts';

beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-11-22T10:00:00Z') }));
afterEach(() => void vi.useRealTimers());

const verification = (given: Partial<Verification> = {}): Verification => ({
	id: 'v',
	organization_id: 'o',
	phone_number_id: 'n',
	number_e164: '+14155550133',
	number_label: 'Sign-ups',
	number_color: 1,
	service_id: 'google',
	service_name: 'Google',
	requested_by: 'noor',
	requested_by_username: 'noor',
	requested_by_name: 'Noor Haddad',
	note: null,
	ttl_seconds: 600,
	status: 'waiting',
	expires_at: '2026-11-22T10:10:00Z',
	code: null,
	final_code: null,
	has_code: false,
	code_count: 0,
	late_count: 0,
	code_received_at: null,
	ended_at: null,
	ended_by: null,
	cancel_reason: null,
	revision: 1,
	created_at: '2026-11-22T10:00:00Z',
	updated_at: '2026-11-22T10:00:00Z',
	...given
});
const found = (id: string, given: Partial<VerificationCode> = {}): VerificationCode => ({
	id,
	conversation_id: 'c',
	verification_id: 'v',
	candidate_ids: [],
	late: false,
	code: '482910',
	has_code: true,
	reasons: ['after “code is”'],
	service_name: 'Google',
	valid_seconds: null,
	kept_until: '2027-02-20T10:00:00Z',
	created_at: '2026-11-22T10:00:41Z',
	...given
});
const opened = (given: Partial<Verification> = {}, codes: VerificationCode[] = []): Opened => ({
	verification: verification(given),
	codes,
	candidates: [],
	others: []
});
const received = (revision: number, codes: VerificationCode[]) =>
	opened({ status: 'code_received', revision, code: codes[0]?.code ?? null, has_code: true, code_count: 1 }, codes);

/** A page that reads what `database` holds at that moment. */
function page(first: Opened, me = 'noor') {
	const database = { now: first as Opened | null, reads: 0, gone: 0 };
	const waiting = new Waiting({
		...first,
		me,
		read: async () => {
			database.reads += 1;
			return database.now;
		},
		ongone: () => (database.gone += 1)
	});
	const hint = (payload: Record<string, unknown>) => waiting.source.hint({ event: 'verification', payload });
	return { waiting, database, hint };
}

test('R5.3 a hint is read once though it is said on two topics, and the newest code counts', async () => {
	const { waiting, database, hint } = page(opened());
	expect(waiting.source.topics).toEqual(['user:noor', 'number:n']);
	let arrivals = 0;
	waiting.onarrival = () => (arrivals += 1);

	database.now = received(2, [found('1')]);
	await Promise.all([hint({ id: 'v', revision: 2 }), hint({ id: 'v', revision: 2 })]);
	expect([database.reads, arrivals, waiting.code]).toEqual([1, 1, '482910']);
	await hint({ id: 'another', revision: 9 });
	expect(database.reads).toBe(1);

	database.now = received(3, [found('2', { code: '731204' }), found('1')]);
	await hint({ id: 'v', revision: 3 });
	expect([arrivals, waiting.code, waiting.inTime.length]).toEqual([2, '731204', 2]);
	// read before, answered after: what is known stays
	waiting.learn(received(2, [found('1')]));
	expect(waiting.code).toBe('731204');
});

test('R5.3 while it is not said whose a code is, what becomes of others is read as well; a late code is no arrival', async () => {
	const { waiting, database, hint } = page(
		opened({}, [found('1', { verification_id: null, candidate_ids: ['v', 'w'] })])
	);
	let arrivals = 0;
	waiting.onarrival = () => (arrivals += 1);
	expect([waiting.unclear.length, waiting.code]).toEqual([1, null]);
	database.now = opened({}, []);
	await hint({ id: 'w', revision: 2 });
	expect(waiting.unclear).toEqual([]);

	database.now = opened({ status: 'expired', revision: 2, late_count: 1 }, [found('2', { late: true })]);
	await waiting.source.heal();
	expect([arrivals, waiting.isOpen, waiting.late.length, waiting.code]).toEqual([0, false, 1, null]);
});

test('R5.3 who may not see a code sees that there is one, and one that was shown to them stays', async () => {
	const { waiting, database } = page(received(2, [found('1', { code: null })]), 'maya');
	expect([waiting.mine, waiting.code, waiting.codeOf(waiting.inTime[0])]).toEqual([false, null, null]);
	waiting.reveal('1', '482910');
	expect(waiting.code).toBe('482910');
	await waiting.source.heal();
	expect(waiting.code).toBe('482910');
	// taken away while the page is open
	database.now = null;
	await waiting.source.heal();
	expect(database.gone).toBe(1);
});

test('R5.5 the seconds are counted by the server’s clock, whatever this device believes', () => {
	const { waiting } = page(opened());
	expect(waiting.left).toBeNull();
	// this device is an hour ahead
	vi.setSystemTime(new Date('2026-11-22T11:00:03Z'));
	const stop = waiting.tick(Date.parse('2026-11-22T10:00:00Z'), Date.parse('2026-11-22T11:00:00Z'));
	expect(waiting.left).toBe(597_000);
	vi.advanceTimersByTime(2000);
	expect(left(waiting.left!)).toBe('9:55');
	vi.advanceTimersByTime(700_000);
	expect(waiting.left).toBe(0);
	stop();
});

test('R5.1 a service is found by its name or another word for it, and any other name is as good', () => {
	const services = [
		{ id: 'google', name: 'Google', words: ['google', 'gmail'] },
		{ id: 'tinder', name: 'Tinder', words: ['tinder'] },
		{ id: 'discord', name: 'Discord', words: ['discord'] }
	];
	expect(fitting(services, 'D').map(({ id }) => id)).toEqual(['discord', 'tinder']);
	expect(fitting(services, 'gma').map(({ id }) => id)).toEqual(['google']);
	const choosing = new Choosing(services, '');
	expect(choosing.press('Enter')).toBe(false);
	choosing.press('ArrowUp');
	expect([choosing.open, choosing.active]).toEqual([true, 2]);
	choosing.type('tin');
	expect([choosing.active, choosing.offered.length]).toEqual([-1, 1]);
	// without a choice Enter sends the form
	expect(choosing.press('Enter')).toBe(false);
	choosing.press('ArrowDown');
	expect(choosing.press('Enter')).toBe(true);
	expect([choosing.typed, choosing.open, choosing.known?.id]).toEqual(['Tinder', false, 'tinder']);
	choosing.type('Our own shop');
	expect([choosing.known, choosing.offered]).toEqual([undefined, []]);
	expect(choosing.press('Escape')).toBe(true);
	expect(choosing.press('Escape')).toBe(false);
});

test('R5.1 R5.6 times and ends in words', () => {
	expect([left(552_001), left(0), left(-5), left(3_729_000)]).toEqual(['9:13', '0:00', '0:00', '1:02:09']);
	expect([60, 90, 600, 3600, 86_400].map(lasting)).toEqual([
		'1 minute',
		'90 seconds',
		'10 minutes',
		'1 hour',
		'24 hours'
	]);
	expect(took('2026-11-22T10:00:00Z', '2026-11-22T10:00:41Z')).toBe('41 s');
	expect(took('2026-11-22T10:00:00Z', '2026-11-22T10:02:05Z')).toBe('2 min 5 s');
	expect(['482910', '12345678', '1234567', 'A1B2C3', '4821'].map((code) => groupsOf(code).join('|'))).toEqual([
		'482|910',
		'1234|5678',
		'1234567',
		'A1B2C3',
		'4821'
	]);
	const cancelled = verification({ status: 'cancelled', ended_by: 'maya', cancel_reason: 'twice' });
	expect(storyOf(cancelled, 'noor')).toBe('Cancelled by an owner or admin: “twice”.');
	expect(storyOf(cancelled, 'maya')).toBe('Cancelled by you: “twice”.');
	expect(storyOf({ ...cancelled, ended_by: 'noor', cancel_reason: null }, 'maya')).toBe('Cancelled by Noor.');
	expect(storyOf(verification({ status: 'filtered' }), 'noor')).toContain('30038');
});
