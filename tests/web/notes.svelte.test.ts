import { expect, test } from 'vitest';
import { begunMention, candidates, mentionedIn, piecesOf } from '#core/mentions.ts';
import type { Note } from '#core/notes.ts';
import { turnsOf } from '#lib/conversations/entries.ts';
import { Mentioning } from '#lib/conversations/mentioning.svelte.ts';
import { Notes } from '#lib/conversations/notes.svelte.ts';

const note = (given: Partial<Note>): Note => ({
	id: `note-${given.revision ?? 1}`,
	conversation_id: 'c',
	after_seq: 1,
	revision: 1,
	author_id: 'maya',
	body: 'for us',
	mentioned_ids: [],
	idempotency_key: 'k',
	created_at: `2026-11-22T10:00:0${given.revision ?? 1}Z`,
	edited_at: null,
	deleted_at: null,
	...given
});
const never = () => Promise.reject(new Error('nobody asked'));
const shown = (notes: Notes) => [...notes.bySeq].map(([seq, here]) => [seq, here.map(({ body }) => body)]);

test('R3.7 notes stand below their text in the order they were written, the removed ones nowhere', () => {
	const notes = new Notes({
		conversationId: 'c',
		more: false,
		notes: [
			note({ revision: 4, after_seq: 2, body: 'second' }),
			note({ revision: 3, after_seq: 2, body: 'first' }),
			note({ revision: 5, after_seq: 1, body: '', deleted_at: '2026-11-22T10:00:00Z' })
		],
		reads: { after: never, between: never }
	});
	expect(shown(notes)).toEqual([[2, ['first', 'second']]]);
	// what is older than what is known changes nothing
	notes.learn([note({ id: 'note-3', revision: 2, after_seq: 2, body: 'stale' })]);
	notes.learn([note({ id: 'note-3', revision: 6, after_seq: 2, body: 'changed', created_at: '2026-11-22T10:00:03Z' })]);
	expect(shown(notes)).toEqual([[2, ['changed', 'second']]]);
});

test('R3.7 a hint reads what changed since, once; older stretches are read when they are shown, each once', async () => {
	const asked: unknown[] = [];
	const notes = new Notes({
		conversationId: 'c',
		more: true,
		notes: [note({ revision: 7, after_seq: 90 })],
		reads: {
			after: async (revision) => {
				asked.push(['after', revision]);
				return [note({ revision: 8, after_seq: 95 })];
			},
			between: async (from, to) => {
				asked.push([from, to]);
				return [note({ id: `at ${from}`, revision: 2, after_seq: from })];
			}
		}
	});
	const hear = (revision: number) => notes.source.hint({ event: 'note', payload: { revision } });
	await hear(8);
	await hear(8);
	await notes.source.hint({ event: 'message', payload: { revision: 99 } });
	expect(asked).toEqual([['after', 7]]);
	await notes.cover(95, 120);
	await notes.cover(51, 120);
	await notes.cover(51, 100);
	await notes.cover(20, 30);
	await notes.cover(22, 28);
	expect(asked.slice(1)).toEqual([
		[51, 90],
		[20, 30]
	]);
	expect([...notes.bySeq.keys()].sort((a, b) => a - b)).toEqual([20, 51, 90, 95]);
});

test('R3.7 a note ends a turn, and one written before all texts stands first', () => {
	const entry = (seq: number) => ({
		key: `m${seq}`,
		seq,
		direction: 'inbound' as const,
		standing: 'received' as const,
		body: 'hi',
		authorId: null,
		at: '2026-11-22T10:00:00Z',
		errorCode: null,
		failure: null
	});
	const notes = new Map([
		[0, [note({ revision: 1 })]],
		[1, [note({ revision: 2 })]]
	]);
	const kinds = turnsOf([entry(1), entry(2)], 'UTC', null, notes).map(({ kind }) => kind);
	expect(kinds).toEqual(['note', 'day', 'turn', 'note', 'turn']);
});

const member = (username: string, full_name: string | null, sees = true) => ({
	user_id: username,
	role: 'member' as const,
	username,
	full_name,
	sees
});

test('R3.7 what is typed behind an @ finds colleagues by username and by any part of their name, and addresses none', () => {
	const people = [member('jonas', 'Jonas Weber'), member('li_wei', 'Li Wei'), member('maya2', 'Máya Okafor-Jones')];
	expect(candidates(people, 'jon').map(({ username }) => username)).toEqual(['jonas', 'maya2']);
	expect(candidates(people, 'wei').map(({ username }) => username)).toEqual(['li_wei']);
	expect(candidates(people, '').length).toBe(3);
	expect(begunMention('ask @jo about it', 7)).toEqual({ at: 4, typed: 'jo' });
	for (const text of ['noor@jo', 'x @jo about', 'https://medium.com/@jo'])
		expect(begunMention(text, text.length)).toBeNull();
	expect(piecesOf('Hi @Jonas, @nobody', (name) => name === 'jonas')).toEqual([
		{ text: 'Hi ' },
		{ text: '@Jonas', username: 'jonas' },
		{ text: ', @nobody' }
	]);
	expect(mentionedIn('@jonas @JONAS')).toEqual(['jonas']);
});

test('R3.7 the list of colleagues is the field’s: arrows move, Enter and Tab take, Escape closes, other keys are its own', async () => {
	const people = [member('jonas', 'Jonas'), member('jona', 'Jona', false)];
	const mentioning = new Mentioning({ listId: 'l', everybody: () => people });
	const field = document.body.appendChild(document.createElement('textarea'));
	const stop = mentioning.watch(field);
	const type = (value: string) => {
		field.value = value;
		field.setSelectionRange(value.length, value.length);
		field.dispatchEvent(new InputEvent('input'));
	};
	const press = (key: string, more: KeyboardEventInit = {}) =>
		mentioning.onkeydown(new KeyboardEvent('keydown', { key, cancelable: true, ...more }));

	type('ask @jo');
	// who may see it stands first
	expect(mentioning.people.map(({ username }) => username)).toEqual(['jonas', 'jona']);
	expect(mentioning.attributes).toMatchObject({ 'aria-controls': 'l', 'aria-activedescendant': 'l-0' });
	expect([press('x'), press('Enter', { ctrlKey: true }), press('ArrowDown')]).toEqual([false, false, true]);
	expect(mentioning.active).toBe(1);
	expect(press('ArrowDown')).toBe(true);
	expect(press('Tab')).toBe(true);
	expect(field.value).toBe('ask @jonas ');
	expect(mentioning.open).toBe(false);
	expect(press('Enter')).toBe(false);

	type('ask @jo');
	expect(press('Escape')).toBe(true);
	expect([mentioning.open, press('Escape')]).toEqual([false, false]);
	stop();
});
