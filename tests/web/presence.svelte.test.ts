import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Chips } from '#lib/conversations/chips.svelte.ts';
import { Presence } from '#lib/conversations/presence.svelte.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function made() {
	const said: [string, boolean][] = [];
	const chips = new Chips();
	const presence = new Presence({
		myId: 'noor',
		chips,
		knows: (id) => ['noor', 'maya', 'tom'].includes(id),
		say: (topic, _event, { types }) => said.push([topic, types === true])
	});
	return { said, chips, presence, typing: () => chips.typing.get('c') ?? [] };
}
const place = { id: 'c', phone_number_id: 'n' };

test('R3.3 who types says so at most every two and a half seconds, and once that they stopped', () => {
	const { said, presence } = made();
	presence.wrote(place, '');
	for (let key = 0; key < 50; key += 1) {
		presence.wrote(place, 'Hello');
		vi.advanceTimersByTime(100);
	}
	expect(said).toEqual([
		['conversation:c', true],
		['number:n', true],
		['conversation:c', true],
		['number:n', true]
	]);
	for (let i = 0; i < 3; i += 1) presence.wrote(place, ' ');
	expect(said.slice(4)).toEqual([
		['conversation:c', false],
		['number:n', false]
	]);
});

test('R3.3 a colleague’s typing ends by itself, or as they say; strangers and oneself are not heard', () => {
	const { presence, typing } = made();
	const hear = (user_id: string, types = true) => presence.hear({ conversation_id: 'c', user_id, types });
	for (const who of ['maya', 'noor', 'mallory']) hear(who);
	expect(typing()).toEqual(['maya']);
	vi.advanceTimersByTime(5000);
	hear('maya');
	hear('tom');
	vi.advanceTimersByTime(5000);
	expect(typing()).toEqual(['maya', 'tom']);
	hear('tom', false);
	expect(typing()).toEqual(['maya']);
	vi.advanceTimersByTime(1100);
	expect(typing()).toEqual([]);
	presence.hear({ conversation_id: 1, user_id: null });
	presence.meet(['noor', 'tom', 'tom', 'mallory']);
	expect(presence.here).toEqual(['tom']);
});
