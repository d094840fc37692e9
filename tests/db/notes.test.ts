import { beforeAll, expect, test } from 'vitest';
import { mentionedIn } from '#core/mentions.ts';
import { createNumber, inventNumber, type Person } from '../support/people.ts';
import { stack } from '../support/shared-stack.ts';
import { as, receive } from './acting.ts';
import { company, hintsOn } from './company.ts';

const { sql } = stack;
type Note = {
	id: string;
	author_id: string;
	body: string;
	after_seq: number;
	revision: number;
	mentioned_ids: string[];
	edited_at: string | null;
};
type Told = { note: Note; without_access: { user_id: string; username: string }[] };

let people: Awaited<ReturnType<typeof company>>;
let open: { id: string; e164: string };
let shut: { id: string; e164: string };

beforeAll(async () => {
	people = await company();
	const organizationId = people.id;
	open = await createNumber(sql, null, { organizationId });
	shut = await createNumber(sql, null, { organizationId, grants: [{ userId: people.viewer.userId }] });
});

async function conversation(number = open): Promise<string> {
	return (await receive(number.e164, { from: inventNumber() })).conversation_id!;
}

async function addNote(by: Person, conversationId: string, body: string, key: string = crypto.randomUUID()) {
	const [row] = await as(
		by,
		(tx) => tx<{ told: Told }[]>`select api.add_note(${conversationId}, ${body}, ${key}) as told`
	);
	return row!.told;
}

async function editNote(by: Person, id: string, body: string): Promise<Told> {
	const [row] = await as(by, (tx) => tx<{ told: Told }[]>`select api.edit_note(${id}, ${body}) as told`);
	return row!.told;
}

const removeNote = (by: Person, id: string) => as(by, (tx) => tx`select api.remove_note(${id})`);
const mentionsOf = ({ userId }: Person, noteId: string) =>
	sql`select id from public.notifications where user_id = ${userId} and note_id = ${noteId} and kind = 'mention'`;

test('R3.7 a note takes its place below the newest text and the next revision, and is hinted at without its words', async () => {
	const id = await conversation();
	const { note } = await addNote(people.member, id, 'Late fee is paid.');
	expect(note).toMatchObject({ after_seq: 1, revision: 2, author_id: people.member.userId, body: 'Late fee is paid.' });
	const [hint] =
		await sql`select payload from realtime.messages where topic = ${`conversation:${id}`} and event = 'note'`;
	expect(hint!.payload).toEqual({ id: note.id, conversation_id: id, after_seq: 1, revision: 2 });
	expect((await as(people.viewer, (tx) => tx`select body from api.notes where conversation_id = ${id}`))[0]).toEqual({
		body: 'Late fee is paid.'
	});
});

test('R3.7 the same key again is the same note; for other words it is refused', async () => {
	const id = await conversation();
	const key = crypto.randomUUID();
	const both = await Promise.all([addNote(people.member, id, 'once', key), addNote(people.member, id, 'once', key)]);
	expect(both[0].note.id).toBe(both[1].note.id);
	await expect(addNote(people.member, id, 'other', key)).rejects.toMatchObject({ message: 'idempotency_key_reused' });
	await expect(addNote(people.admin, id, 'once', key)).rejects.toMatchObject({ message: 'idempotency_key_reused' });
	expect(await sql`select from public.notes where conversation_id = ${id}`).toHaveLength(1);
});

test('R3.7 writing, changing and removing notes makes no text, no job that sends one, and moves nothing in the list', async () => {
	const id = await conversation();
	const before =
		await sql`select last_seq, last_message_id, last_message_at from public.conversations where id = ${id}`;
	const { note } = await addNote(people.member, id, 'do not send this to her');
	await editNote(people.member, note.id, 'nor this');
	await removeNote(people.member, note.id);
	expect(
		await sql`select last_seq, last_message_id, last_message_at from public.conversations where id = ${id}`
	).toEqual(before);
	expect(await sql`select from public.messages where conversation_id = ${id}`).toHaveLength(1);
	expect(await sql`select from private.jobs where queue_key = ${id} or payload::text like ${`%${id}%`}`).toEqual([]);
});

test('R3.7 only the functions of notes themselves, retention and the search name their table: no function that sends can read it', async () => {
	const naming = await sql<{ name: string }[]>`
		select distinct p.proname as name from pg_proc p
		where p.pronamespace::regnamespace::text in ('private', 'api', 'service', 'public') and p.prokind = 'f'
			and pg_get_functiondef(p.oid) ~ '\\m(public|api)\\.notes\\M'
		order by 1`;
	expect(naming.map(({ name }) => name)).toEqual([
		'add_note',
		'edit_note',
		// the search, which is stable: it can write nothing and so send nothing
		'found_notes',
		// retention: whether a conversation rests is also a matter of when its last note was written
		'idle_conversations',
		'note_at_hand',
		'remove_note',
		'search_messages',
		'told_of_note'
	]);
	const searching = await sql<{ proname: string; provolatile: string }[]>`
		select proname, provolatile from pg_proc
		where pronamespace = 'private'::regnamespace and proname in ('found_notes', 'search_messages') order by 1`;
	expect(searching).toEqual([
		{ proname: 'found_notes', provolatile: 's' },
		{ proname: 'search_messages', provolatile: 's' }
	]);
	const [edge] = await sql`
		select has_table_privilege('edge', 'public.notes', 'select') as may,
			has_any_column_privilege('edge', 'public.notes', 'select') as some`;
	expect(edge).toEqual({ may: false, some: false });
});

test.each([
	['note_empty', ' \n\t'],
	['note_too_long', 'x'.repeat(4001)]
])('a note that cannot be one is refused: %s', async (slug, body) => {
	await expect(addNote(people.member, await conversation(), body)).rejects.toMatchObject({
		code: 'PT422',
		message: slug
	});
});

test('R3.7 authors change their notes, nobody else; owners and admins may remove them, and the words are gone', async () => {
	const id = await conversation();
	const { note } = await addNote(people.member, id, 'gate code 4711');
	await expect(editNote(people.owner, note.id, 'mine now')).rejects.toMatchObject({ message: 'not_allowed' });
	const edited = await editNote(people.member, note.id, 'gate code 4712');
	expect(edited.note).toMatchObject({ body: 'gate code 4712', revision: 3, edited_at: expect.any(String) });

	const other = (await addNote(people.owner, id, 'the owner says')).note;
	await expect(removeNote(people.member, other.id)).rejects.toMatchObject({ message: 'not_allowed' });
	await expect(removeNote(people.stranger, other.id)).rejects.toMatchObject({ message: 'not_found' });
	await removeNote(people.admin, note.id);
	const rows = await as(
		people.member,
		(tx) => tx`select body, deleted_at, revision from api.notes where id = ${note.id}`
	);
	expect(rows).toEqual([{ body: '', deleted_at: expect.any(Date), revision: '5' }]);
	await expect(editNote(people.member, note.id, 'back')).rejects.toMatchObject({ message: 'not_found' });
	expect(await hintsOn(`conversation:${id}`)).toEqual(['message', 'note', 'note', 'note', 'note']);
});

test('R3.7 who is mentioned hears of it once, however often the note changes; the author never does', async () => {
	const id = await conversation();
	const { admin, member, viewer, stranger } = people;
	const names = [admin, viewer, member, stranger].map(({ username }) => `@${username}`).join(', ');
	const { note, without_access } = await addNote(member, id, `${names.toUpperCase()} please look`);
	expect(without_access).toEqual([]);
	expect(new Set(note.mentioned_ids)).toEqual(new Set([admin, viewer, member].map(({ userId }) => userId)));
	await editNote(member, note.id, `${names} please look again`);
	for (const person of [admin, viewer]) expect(await mentionsOf(person, note.id)).toHaveLength(1);
	for (const person of [member, stranger]) expect(await mentionsOf(person, note.id)).toHaveLength(0);
	expect((await hintsOn(`user:${admin.userId}`)).filter((event) => event === 'notification')).toHaveLength(1);
});

test('R3.7 who may not see the number is named to the author and told nothing, until access is given', async () => {
	const id = await conversation(shut);
	const { admin, owner, member, viewer } = people;
	const { note, without_access } = await addNote(
		admin,
		id,
		`@${member.username} @${viewer.username} @${owner.username}`
	);
	expect(without_access).toEqual([expect.objectContaining({ user_id: member.userId, username: member.username })]);
	expect(await mentionsOf(member, note.id)).toHaveLength(0);
	expect(await mentionsOf(viewer, note.id)).toHaveLength(1);
	await expect(addNote(member, id, 'let me in')).rejects.toMatchObject({ message: 'not_found' });

	await as(
		owner,
		(tx) => tx`select api.set_number_access(${shut.id}, true, '{}', array[${member.userId}, ${viewer.userId}]::uuid[])`
	);
	const again = await editNote(admin, note.id, note.body);
	expect(again).toMatchObject({ without_access: [], note: { edited_at: null } });
	expect(await mentionsOf(member, note.id)).toHaveLength(1);
	expect(await mentionsOf(viewer, note.id)).toHaveLength(1);
});

test('R3.7 the database finds the mentions that the pages find', async () => {
	const texts = [
		'@noor and @MAYA_2, (@jonas) "@priya" —@li_wei',
		'noor@tidewater.example, medium.com/@noor, @tidewater.example, x+@noor',
		'@no @ @@noor @noor@maya @noor. @maya! 你好@noor请看 é@maya',
		`@${'a'.repeat(30)} @${'a'.repeat(31)}`,
		'@noor_ @_noor @noor-haddad @noor- @noor\n@maya\t@noor'
	];
	for (const text of texts) {
		const [row] = await sql<{ names: string[] }[]>`select private.mentioned_names(${text}) as names`;
		expect([text, row!.names.sort()]).toEqual([text, mentionedIn(text).sort()]);
	}
	expect(mentionedIn(texts[0]!)).toEqual(['noor', 'maya_2', 'jonas', 'priya', 'li_wei']);
	expect(mentionedIn(texts[1]!)).toEqual([]);
	expect(mentionedIn(texts[2]!)).toEqual(['noor', 'maya']);
});
