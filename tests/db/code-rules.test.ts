import { beforeAll, expect, test } from 'vitest';
import { ruleFor, type CodeRule } from '#core/codes.ts';
import { receivedCodes } from '#core/received-codes.ts';
import { createNumber, inventNumber, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, edge, inventSid, receive } from './acting.ts';
import { bookOf, company } from './company.ts';
import { ask, codesOf, seen } from './verifying.ts';

const { sql } = stack;
let people: Awaited<ReturnType<typeof company>>;
let number: { id: string; e164: string };

beforeAll(async () => {
	people = await company();
	number = await createNumber(sql, null, { organizationId: people.id });
	await as(people.owner, (tx) => tx`select api.confirm_allowed_use(${people.id})`);
});

const text = (body: string, from = inventNumber()) => receive(number.e164, { from, body });
const pieceOf = (body: string, piece: string) => ({
	from: body.indexOf(piece),
	to: body.indexOf(piece) + piece.length
});
/** Makes a rule of a correction, and changes the texts that it names as the app's server does. */
async function teach(by: Person, rule: CodeRule, changed: { id: string; body: string; sender: string }[] = []) {
	const changes = changed.map(({ id, body, sender }) => ({
		message_id: id,
		codes: receivedCodes(body, sender, { rules: [rule], services: [] }).codes
	}));
	const [row] = await as(
		by,
		(tx) => tx<{ id: string }[]>`
			select api.save_code_rule(${people.id}, ${rule.verdict}, ${rule.before}, ${rule.after}, ${rule.sender ?? null},
				${sql.json(changes as never)}) as id`
	);
	return row!.id;
}
const bodyOf = async (by: Person, id: string) =>
	(await as(by, (tx) => tx<{ body: string }[]>`select body from api.messages where id = ${id}`))[0]!.body;

test('R5.3 what somebody marked as a code is one in the next text of the same wording, and goes to who waits', async () => {
	const body = 'Harbour lamp 9034 for the meadow tonight';
	const first = await text(body);
	expect(await codesOf(people.owner, first.message_id)).toEqual([]);
	await teach(people.admin, ruleFor(body, pieceOf(body, '9034'), 'code'));
	// the one that was stored stays as it was, unless it is named
	expect(await codesOf(people.owner, first.message_id)).toEqual([]);

	const asked = await ask(people.member, people.id, { named: 'Harbour' });
	const next = await text(body.replace('9034', '7755'));
	expect(next.outcome).toBe('stored');
	expect(await codesOf(people.member, next.message_id)).toMatchObject([{ code: '7755', verification_id: asked.id }]);
	expect(await bodyOf(people.viewer, next.message_id!)).toBe('Harbour lamp •••• for the meadow tonight');
	expect(await seen(people.member, asked.id)).toMatchObject({ status: 'code_received', code: '7755' });
});

test('R5.3 a rule of one sender is for that sender; deleted, it is no rule any more', async () => {
	const body = 'Your club code is 8812';
	const sender = inventNumber();
	const rule = await teach(people.admin, ruleFor(body, pieceOf(body, '8812'), 'not a code', sender));
	expect(await codesOf(people.owner, (await text(body, sender)).message_id)).toEqual([]);
	expect(await codesOf(people.owner, (await text(body)).message_id)).toHaveLength(1);
	await as(people.admin, (tx) => tx`select api.delete_code_rule(${rule})`);
	expect(await codesOf(people.owner, (await text(body, sender)).message_id)).toHaveLength(1);
	const verbs = (await bookOf(people.id)).map(({ verb }) => verb);
	expect(verbs).toContain('code.rule_added');
	expect(verbs).toContain('code.rule_removed');
});

test('R5.3 the same wording is taught once: the last word counts', async () => {
	const body = 'Tidewater plum 4410 and nothing else';
	await teach(people.admin, ruleFor(body, pieceOf(body, '4410'), 'code'));
	await teach(people.owner, ruleFor(body, pieceOf(body, '4410'), 'not a code'));
	const rules = await as(people.owner, (tx) => tx`select verdict from api.code_rules where before like '%tidewater%'`);
	expect(rules).toEqual([{ verdict: 'not a code' }]);
});

test('R5.3 a corrected text shows its right code, and the request that had the wrong one follows', async () => {
	const asked = await ask(people.member, people.id, { named: 'Quillon' });
	const sender = inventNumber();
	const body = 'Quillon: your code is 5531. Locker 240816';
	const { message_id } = await text(body, sender);
	expect(await seen(people.member, asked.id)).toMatchObject({ code: '5531', code_count: 1 });
	const stored = [{ id: message_id!, body, sender }];
	await teach(people.admin, ruleFor(body, pieceOf(body, '240816'), 'code'), stored);
	expect(await seen(people.member, asked.id)).toMatchObject({ status: 'code_received', code: '240816', code_count: 1 });
	expect(await codesOf(people.member, message_id)).toMatchObject([{ code: '240816', verification_id: asked.id }]);
	expect(await bodyOf(people.viewer, message_id!)).toBe('Quillon: your code is 5531. Locker ••••••');
	expect(await bodyOf(people.member, message_id!)).toBe(body);

	// and where it is none, there is none; nothing moves backwards
	await teach(people.admin, ruleFor(body, pieceOf(body, '240816'), 'not a code'), stored);
	expect(await seen(people.member, asked.id)).toMatchObject({ status: 'code_received', code: '5531', code_count: 1 });
	await teach(people.admin, ruleFor(body, pieceOf(body, '5531'), 'not a code'), stored);
	expect(await seen(people.member, asked.id)).toMatchObject({ status: 'code_received', code: null, code_count: 0 });
	expect(await codesOf(people.owner, message_id)).toEqual([]);
	expect(await bodyOf(people.viewer, message_id!)).toBe(body);
	const again = await text(body, sender);
	expect(await codesOf(people.owner, again.message_id)).toEqual([]);
});

test('R5.3 a text that held none, by what was known, belongs to who waited when it came, and to nobody who asked later', async () => {
	const body = 'Oskar brought 3391 plums for the ferry';
	const sender = inventNumber();
	const waiting = await ask(people.member, people.id, { named: 'Ferrywise' });
	const { message_id } = await text(body, sender);
	const rule = ruleFor(body, pieceOf(body, '3391'), 'code');
	await teach(people.admin, rule, [{ id: message_id!, body, sender }]);
	expect(await seen(people.member, waiting.id)).toMatchObject({ status: 'code_received', code: '3391' });
	await as(people.member, (tx) => tx`select api.cancel_verification(${waiting.id}, null)`);

	const other = 'Oskar carried 8804 pears to the ferry';
	const stored = await text(other, sender);
	const later = await ask(people.member, people.id, { named: 'Orchard' });
	await teach(people.admin, ruleFor(other, pieceOf(other, '8804'), 'code'), [
		{ id: stored.message_id!, body: other, sender }
	]);
	expect(await codesOf(people.owner, stored.message_id)).toHaveLength(1);
	expect(await seen(people.member, later.id)).toMatchObject({ status: 'waiting', code: null });
});

test('R5.3 codes that were forgotten stay forgotten, and nobody makes up a code or a text of another organization', async () => {
	const sender = inventNumber();
	const body = 'Your Zephyr code is 118823';
	const { message_id } = await text(body, sender);
	await sql`update public.message_codes set kept_until = now() - interval '1 minute' where message_id = ${message_id}`;
	await sql`select private.forget_due_codes(500)`;
	await teach(people.admin, ruleFor(body, pieceOf(body, '118823'), 'code'), [{ id: message_id!, body, sender }]);
	expect(await codesOf(people.owner, message_id)).toMatchObject([{ code: null }]);
	expect(await bodyOf(people.owner, message_id!)).toBe('Your Zephyr code is ••••••');

	const kept = await text('Come at nine', sender);
	const made = [
		{ message_id: kept.message_id, codes: [{ code: '12', surface: '12', from: 0, to: 2, score: 1, reasons: [] }] }
	];
	const save = (id: string) =>
		as(people.admin, (tx) => tx`select api.save_code_rule(${id}, 'code', 'a', 'b', null, ${sql.json(made)})`);
	await expect(save(people.id)).rejects.toThrow('malformed');
	const other = await company();
	await expect(save(other.id)).rejects.toThrow('not_found');
	await as(other.owner, (tx) => tx`select api.save_code_rule(${other.id}, 'code', 'a', 'b', null, ${sql.json(made)})`);
	expect(await codesOf(people.owner, kept.message_id)).toEqual([]);
});

test('R5.3 only who manages requests and sees every code tries a rule, on texts whose codes are still kept', async () => {
	const replay = (by: Person) =>
		as(by, async (tx) => {
			const [row] = await tx<{ answer: { next: null; texts: { body: string; sender: string }[] } }[]>`
				select api.replay_texts(${people.id}) as answer`;
			return row!.answer;
		});
	const { next, texts } = await replay(people.admin);
	expect(next).toBeNull();
	expect(texts.map(({ body }) => body)).toContain('Quillon: your code is 5531. Locker 240816');
	expect(texts.some(({ body }) => body.includes('Zephyr'))).toBe(false);
	await expect(replay(people.member)).rejects.toThrow('not_allowed');
	await expect(replay(people.stranger)).rejects.toThrow('not_found');
	await as(people.owner, (tx) => tx`select api.set_code_settings(${people.id}, '{owner}', 2160)`);
	await expect(replay(people.admin)).rejects.toThrow('not_allowed');
	await as(people.owner, (tx) => tx`select api.set_code_settings(${people.id}, '{owner,admin}', 2160)`);
	expect(await as(people.member, (tx) => tx`select 1 from api.code_rules`)).toEqual([]);
});

test('R5.3 one call stores a text, unless a rule or somebody who waits could make other codes of it', async () => {
	const call = async (body: string, doubts: object | null) => {
		const [row] = await edge<{ answer: { outcome: string; context?: unknown } }[]>`
			select service.receive_message('twilio', ${inventSid()}, ${inventNumber()}, ${number.e164}, ${body}, 1, null, '{}', null,
				doubts => ${doubts && edge.json(doubts as never)}) as answer`;
		return row!.answer;
	};
	expect((await call('a', { unsure: false, wordings: ['no such\nwording'] })).outcome).toBe('stored');
	const asked = await ask(people.member, people.id, { named: 'Doubtful' });
	expect((await call('b', { unsure: false, wordings: ['no such\nwording'] })).outcome).toBe('stored');
	expect(await call('c', { unsure: true, wordings: ['no such\nwording'] })).toMatchObject({
		outcome: 'consider',
		context: { rules: [], services: expect.arrayContaining(['Doubtful']) as unknown }
	});
	await as(people.member, (tx) => tx`select api.cancel_verification(${asked.id}, null)`);
});

test('R5.3 a doubtful code of a service that somebody waits for is found, and one of nobody’s is not', async () => {
	const body = 'Lunaro code ref 482';
	expect(await codesOf(people.owner, (await text(body)).message_id)).toEqual([]);
	const asked = await ask(people.member, people.id, { named: 'Lunaro' });
	const { message_id } = await text(body);
	expect(await codesOf(people.member, message_id)).toMatchObject([{ code: '482', verification_id: asked.id }]);
});

test('R5.3 a text of nothing but a number is a code where somebody waits for one', async () => {
	await ask(people.member, people.id, { named: 'Barely' });
	const { message_id } = await text('448291');
	const [found] = await codesOf(people.member, message_id);
	expect(found).toMatchObject({ code: '448291', verification_id: expect.any(String) as unknown });
});
