import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const script = readFileSync(join(import.meta.dirname, '../../web/static/countdown.js'), 'utf8');
const run = () => new Function(script)();
const said = () => document.querySelector('[data-seconds]')!.textContent;
const held = () => document.querySelector('button')!.hasAttribute('disabled');

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const form = `<form>
	<button>Send a new link</button>
	<p data-seconds="62" data-holds data-words="Another one in *." data-then="Another one now.">Another one in 62 seconds.</p>
</form>`;

test('R1.2 the button for another mail waits as long as the limit lasts, and the sentence counts down', () => {
	document.body.innerHTML = form;
	expect(held()).toBe(false);
	run();
	expect([said(), held()]).toEqual(['Another one in 62 seconds.', true]);
	vi.advanceTimersByTime(61_000);
	expect([said(), held()]).toEqual(['Another one in 1 second.', true]);
	vi.advanceTimersByTime(1000);
	expect([said(), held()]).toEqual(['Another one now.', false]);
	expect(vi.getTimerCount()).toBe(0);
});

test('a page that slept counts by the clock', () => {
	document.body.innerHTML = form;
	run();
	vi.setSystemTime(Date.now() + 50_000);
	vi.advanceTimersByTime(1000);
	expect(said()).toBe('Another one in 11 seconds.');
});

test('without words of its own it says when to try again, and holds nothing', () => {
	document.body.innerHTML =
		'<form><button>Sign in</button><span data-seconds="2">Try again in 2 seconds.</span></form>';
	run();
	expect([said(), held()]).toEqual(['Try again in 2 seconds.', false]);
	vi.advanceTimersByTime(2000);
	expect(said()).toBe('Try again now.');
});
