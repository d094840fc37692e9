import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compress } from '#lib/server/compress.ts';

const page = '<p>Checkout is at eleven.</p>'.repeat(100);
const html = { 'content-type': 'text/html', 'content-length': String(page.length) };
const asking = (encodings: string) => new Headers({ 'accept-encoding': encodings });
const answer = (headers: Record<string, string> = html, body: BodyInit | null = page) =>
	new Response(body, { headers, status: body === null ? 204 : 201 });

test('words travel compressed, to whoever takes that, and come out as they were', async () => {
	const packed = compress(asking('br, gzip;q=0.8, *'), answer());
	expect(packed.status).toBe(201);
	expect(Object.fromEntries(packed.headers)).toEqual({
		'content-type': 'text/html',
		'content-encoding': 'gzip',
		vary: 'accept-encoding'
	});
	const bytes = Buffer.from(await packed.arrayBuffer());
	expect(bytes.length).toBeLessThan(page.length / 10);
	expect(gunzipSync(bytes).toString()).toBe(page);
	await fc.assert(
		fc.asyncProperty(fc.string({ unit: 'binary' }), async (words) => {
			const sent = compress(asking('gzip'), new Response(words, { headers: { 'content-type': 'text/plain' } }));
			expect(gunzipSync(Buffer.from(await sent.arrayBuffer())).toString()).toBe(words.toWellFormed());
		})
	);
});

test.each([
	['nobody asked for it', '', answer()],
	['it was refused', 'gzip;q=0, br', answer()],
	['it was refused with decimals', 'gzip; q=0.000', answer()],
	['a picture is compressed already', 'gzip', answer({ 'content-type': 'image/webp' })],
	['events must not wait', 'gzip', answer({ 'content-type': 'text/event-stream' })],
	['somebody did it before', 'gzip', answer({ ...html, 'content-encoding': 'br' })],
	['it may not be changed', 'gzip', answer({ ...html, 'cache-control': 'no-transform' })],
	['it fits into a packet', 'gzip', answer({ ...html, 'content-length': '400' }, 'x'.repeat(400))],
	['there is nothing in it', 'gzip', answer({ 'content-type': 'text/html' }, null)]
])('an answer goes as it is: %s', async (_why, encodings, whole) => {
	const before = whole.clone();
	const sent = compress(asking(encodings), whole);
	expect(sent.headers.get('content-encoding')).toBe(before.headers.get('content-encoding'));
	expect(await sent.text()).toBe(await before.text());
});
