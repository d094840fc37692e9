import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Attachment } from '#core/media-types.ts';
import { Attachments } from '#lib/conversations/attachments.svelte.ts';
import { sizeWithin } from '#lib/conversations/shrink.ts';
import { Tray } from '#lib/conversations/tray.svelte.ts';
import { Unreachable } from '#lib/realtime/session-token.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

type Given = {
	media?: boolean;
	refuses?: string;
	unreachable?: () => boolean;
	put?: (signal: AbortSignal) => Promise<void>;
	looks?: Partial<Attachment>[];
	carried?: boolean;
};

/** A tray whose server says what the test wants. */
function trayOf({
	media = true,
	refuses,
	unreachable,
	put,
	looks = [{ status: 'ready', type: 'text/vcard' }],
	carried = true
}: Given = {}) {
	const asked: string[] = [];
	const left = [...looks];
	const tray = new Tray({
		conversationId: 'conversation',
		carried,
		fetch: (input, init) => {
			if (unreachable?.()) return Promise.reject(new TypeError('Failed to fetch'));
			const path = String(input as string);
			asked.push(`${init?.method ?? 'GET'} ${path}`);
			if (refuses) return Promise.resolve(Response.json({ slug: 'x', says: refuses }, { status: 422 }));
			const id = asked.length;
			return Promise.resolve(
				Response.json(
					path.endsWith('/link')
						? { url: 'https://app.example/a/token' }
						: { id: `id${id}`, path: `org/id${id}`, name: 'name', media }
				)
			);
		},
		put: (_path, _file, onprogress, signal) => {
			onprogress(0.5);
			return put?.(signal) ?? Promise.resolve();
		},
		look: () => Promise.resolve((left.length > 1 ? left.shift() : left[0]) as Attachment)
	});
	return { tray, asked };
}
const file = (name = 'noor.vcf', bytes = 'x', type = 'text/vcard') => new File([bytes], name, { type });
const settle = () => vi.advanceTimersByTimeAsync(5000);

test('R3.8 files are put up, looked at, and go with the text in their order', async () => {
	const { tray, asked } = trayOf({ looks: [{ status: 'pending' }, { status: 'ready', type: 'text/vcard' }] });
	tray.add([file('a'), file('b')]);
	expect(tray.busy).toBe(true);
	await settle();
	expect(tray.items.map(({ state }) => state)).toEqual(['ready', 'ready']);
	expect(tray.ids).toEqual(tray.items.map(({ id }) => id));
	expect(tray.busy).toBe(false);
	expect(asked.filter((line) => line === 'POST /files/attachments')).toHaveLength(2);
	tray.sent();
	expect([tray.ids, tray.busy]).toEqual([[], false]);
});

test('R3.8 what is refused says why beside its name, and the rest goes on', async () => {
	const { tray } = trayOf({ looks: [{ status: 'refused', reason: 'attachment_unreadable' }] });
	tray.add([file('odd'), file('nothing', '')]);
	await settle();
	expect(tray.items.map(({ state, says }) => [state, says])).toEqual([
		['failed', 'This file is damaged or not what its name says. Choose another one.'],
		['failed', 'This file is empty. Choose another one.']
	]);
	expect([tray.ids, tray.busy]).toEqual([[], true]);
	for (const { key } of [...tray.items]) tray.remove(key);
	expect(tray.busy).toBe(false);

	const full = trayOf();
	full.tray.add(Array.from({ length: 11 }, (_, at) => file(String(at))));
	await settle();
	expect(full.tray.items.at(-1)?.says).toContain('at most 10 files');
	const shut = trayOf({ refuses: 'A file can have at most 25 MB.' });
	shut.tray.add([file()]);
	await settle();
	expect(shut.tray.items[0]?.says).toBe('A file can have at most 25 MB.');
});

test('R3.8 without a connection a file waits where it is, and goes on by itself when there is one', async () => {
	let online = false;
	let puts = 0;
	const { tray, asked } = trayOf({
		unreachable: () => !online,
		put: () => (puts++ === 0 ? Promise.reject(new Unreachable('no answer from Storage')) : Promise.resolve())
	});
	tray.add([file()]);
	await settle();
	expect(tray.items[0]).toMatchObject({ state: 'waiting', says: null });
	expect([tray.ids, tray.busy, asked]).toEqual([[], true, []]);
	online = true;
	await settle();
	expect([tray.items[0]?.state, puts]).toEqual(['ready', 2]);
	expect(asked.filter((line) => line === 'POST /files/attachments')).toHaveLength(1);

	online = false;
	tray.add([file('another')]);
	await settle();
	tray.remove(tray.items[1]!.key);
	online = true;
	await settle();
	expect(tray.items).toHaveLength(1);
	expect(asked.filter((line) => line === 'POST /files/attachments')).toHaveLength(1);
});

test('R3.8 one that is cancelled stops where it is, and is taken back', async () => {
	let stopped = false;
	const { tray, asked } = trayOf({
		put: (signal) =>
			new Promise((_, fail) => {
				signal.addEventListener('abort', () => {
					stopped = true;
					fail(signal.reason as Error);
				});
			})
	});
	tray.add([file()]);
	await settle();
	expect(tray.items[0]).toMatchObject({ state: 'uploading', progress: 0.5 });
	tray.remove(tray.items[0]!.key);
	await settle();
	expect([tray.items, stopped]).toEqual([[], true]);
	expect(asked.at(-1)).toBe('DELETE /files/attachments/id1');
});

test('R3.8 what carriers do not pass on waits for a link; colleagues among themselves send it as it is', async () => {
	const abroad = trayOf({ media: false });
	abroad.tray.add([file()]);
	await settle();
	expect([abroad.tray.ids, abroad.tray.busy, abroad.tray.wantsLink(abroad.tray.items[0]!)]).toEqual([[], true, true]);
	expect(await abroad.tray.link(abroad.tray.items[0]!)).toBe('https://app.example/a/token');
	expect([abroad.tray.items, abroad.tray.busy]).toEqual([[], false]);

	const words = { looks: [{ status: 'ready', type: 'text/plain' }] as Partial<Attachment>[] };
	const carried = trayOf(words);
	carried.tray.add([file('code.txt')]);
	const team = trayOf({ ...words, carried: false });
	team.tray.add([file('code.txt')]);
	await settle();
	expect([carried.tray.ids, team.tray.ids]).toEqual([[], ['id1']]);

	const large = trayOf({ looks: [{ status: 'ready', type: 'video/mp4', size: 3_000_000 }] });
	large.tray.add([file('one'), file('two')]);
	await settle();
	expect(large.tray.items.map((item) => large.tray.wantsLink(item))).toEqual([false, true]);
});

test('R3.8 a picture is drawn within a longest side, and never larger than it is', () => {
	expect(sizeWithin(4000, 3000, 2048)).toEqual({ width: 2048, height: 1536 });
	expect(sizeWithin(100, 50, 2048)).toEqual({ width: 100, height: 50 });
	expect(sizeWithin(30_000, 1, 2048)).toEqual({ width: 2048, height: 1 });
});

test('R3.8 the files of texts are read together, again when a text changes, and what could not be read stays wanted', async () => {
	const reads: string[][] = [];
	let fails = true;
	const attachments = new Attachments({
		ofMessages: (ids) => {
			reads.push([...ids]);
			if (fails) return Promise.reject(new Error('offline'));
			return Promise.resolve(ids.map((id) => ({ id: `file of ${id}`, message_id: id }) as Attachment));
		}
	});
	attachments.want('a', 1);
	attachments.want('b', 1);
	await vi.advanceTimersByTimeAsync(1);
	expect(reads).toEqual([['a', 'b']]);
	expect(attachments.of('a')).toBeUndefined();
	fails = false;
	attachments.heal();
	await vi.advanceTimersByTimeAsync(1);
	expect(attachments.of('b')).toMatchObject([{ id: 'file of b' }]);
	attachments.want('a', 1);
	attachments.want('b', 2);
	await vi.advanceTimersByTimeAsync(1);
	expect(reads.at(-1)).toEqual(['b']);
});

test('R3.8 files from before come back by their ids: ready, cut off on their way, or gone meanwhile', async () => {
	const told: (readonly string[])[] = [];
	const rows: Record<string, Partial<Attachment>> = {
		here: { name: 'door.png', size: 7, status: 'ready', type: 'image/png', uploaded_at: 'then' },
		cut: { name: 'film.mp4', size: 9, status: 'pending', uploaded_at: null },
		sent: { name: 'old.png', status: 'ready', message_id: 'message' }
	};
	let offline = true;
	const tray = new Tray({
		conversationId: 'conversation',
		carried: true,
		numbers: ['+14155550173', '+4915112345678'],
		fetch: () => Promise.resolve(Response.json({})),
		put: () => Promise.resolve(),
		look: (id) => {
			if (offline) return Promise.reject(new Error('no connection'));
			const row = rows[id];
			return Promise.resolve(row && ({ message_id: null, scheduled_id: null, ...row } as Attachment));
		},
		onkept: (ids) => told.push(ids)
	});
	tray.match(['here', 'cut', 'sent', 'unknown']);
	await settle();
	expect([tray.busy, told]).toEqual([true, []]);
	offline = false;
	await vi.advanceTimersByTimeAsync(20_000);
	expect(tray.items.map(({ name, state }) => [name, state])).toEqual([
		['door.png', 'ready'],
		['film.mp4', 'failed']
	]);
	expect(tray.items[1]?.says).toMatch(/cut off/);
	expect(told.at(-1)).toEqual(['here']);
	// abroad, pictures do not travel
	expect(tray.wantsLink(tray.items[0]!)).toBe(true);
	tray.match([]);
	expect(tray.items).toEqual([]);
});
