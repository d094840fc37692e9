/** The control surface for people and tests: handsets to hold. */
import { Hono, type Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { parsePhone } from '#core/phone.ts';
import { invent, parseHandset } from './handset-numbers.ts';
import { answerBadInput, BadInput, parse } from './input.ts';
import type { Network } from './network.ts';
import { seenFrom, shown, type Newsroom, type ShownNumber } from './news.ts';
import type { Media, Store, Text } from './store.ts';

type Settings = { store: Store; network: Network; newsroom: Newsroom; ended: AbortSignal };

const NewText = z
	.strictObject({
		to: z.string().max(64),
		body: z.string().max(1600, 'A text holds 1,600 characters at most.'),
		/** Pictures and other files; `data` in base64. */
		media: z
			.array(z.strictObject({ type: z.string().regex(/^[\w.+-]+\/[\w.+-]+$/), data: z.base64() }))
			.max(10, 'A text holds 10 files at most.')
			.default([])
	})
	.refine(({ body, media }) => body !== '' || media.length > 0, 'A text needs at least one character.');

const NewOutcome = z.strictObject({
	status: z.enum(['delivered', 'undelivered', 'failed']),
	code: z.int().min(10_000).max(99_999).nullish()
});

export function createHandsets({ store, network, newsroom, ended }: Settings): Hono {
	const app = new Hono();

	app.get('/handsets', (c) => c.json(overview(store)));

	app.post('/handsets', (c) => {
		const number = invent(store);
		if (!number) throw new BadInput('numbers_exhausted', 'All invented numbers are taken. Type one of your own.');
		return c.json(shown(number), 201);
	});

	app.get('/handsets/events', (c) =>
		streamSSE(c, async (stream) => {
			const leave = newsroom.subscribe((news) => {
				void stream.writeSSE({ event: news.event, data: JSON.stringify(news) });
			});
			stream.onAbort(leave);
			await stream.writeSSE({ event: 'ready', data: '{}', retry: 1000 });
			const gone = AbortSignal.any([ended, c.req.raw.signal]);
			while (!stream.aborted && !gone.aborted) {
				// the pause ends early, by throwing, when the listener or the carrier is gone
				await sleep(15_000, undefined, { signal: gone }).catch(() => undefined);
				if (!gone.aborted) await stream.write(': still here\n\n');
			}
			leave();
		})
	);

	app.get('/handsets/:number', (c) => {
		const number = handsetIn(c);
		return c.json({ ...shown(number), outcome: network.outcomeOf(number) });
	});

	app.get('/handsets/:number/texts', (c) => {
		const number = handsetIn(c);
		const texts = store.all<Text>(
			`select * from texts where shown_at is not null and (sender = ?1 or recipient = ?1 and direction <> 'inbound')
				order by shown_at, seq`,
			number
		);
		return c.json(texts.map((text) => seenFrom(number, text)));
	});

	app.get('/handsets/:number/media/:sid', (c) => {
		const number = handsetIn(c);
		const media = store.get<Media>(
			`select m.* from media m join texts t on t.sid = m.text_sid
				where m.sid = ? and (t.sender = ? or t.recipient = ?) and t.shown_at is not null`,
			c.req.param('sid'),
			number,
			number
		);
		if (!media) return c.notFound();
		// what is no plain picture is saved, never shown: it may be a page
		const isShown = /^image\/(png|jpeg|gif|webp)$/.test(media.type);
		c.header('content-type', isShown ? media.type : 'application/octet-stream');
		if (!isShown) c.header('content-disposition', 'attachment');
		c.header('x-content-type-options', 'nosniff');
		c.header('content-security-policy', "default-src 'none'; sandbox");
		return c.body(media.bytes);
	});

	app.post('/handsets/:number/texts', async (c) => {
		const from = handsetIn(c);
		if (network.findOwned(from)) {
			throw new BadInput('handset_is_owned', 'The account owns this number, so no handset can hold it.');
		}
		const { to, body, media } = await parse(c, NewText);
		const recipient = parsePhone(to);
		if (!('phone' in recipient)) throw new BadInput('to_invalid', recipient.says);
		if (recipient.phone === from) throw new BadInput('to_invalid', 'A handset cannot text itself.');
		const files = media.map(({ type, data }) => ({ type, bytes: new Uint8Array(Buffer.from(data, 'base64')) }));
		const { sid } = network.text(from, recipient.phone, body.toWellFormed(), files);
		return c.json({ sid }, 201);
	});

	app.post('/handsets/:number/outcome', async (c) => {
		const number = handsetIn(c);
		const { status, code } = await parse(c, NewOutcome);
		network.setOutcome(number, { status, code: code ?? null });
		return c.json({ number, outcome: network.outcomeOf(number) });
	});

	app.onError(answerBadInput);
	return app;
}

export type Overview = {
	handsets: (ShownNumber & { last_at: string; last_body: string })[];
	numbers: (ShownNumber & { label: string })[];
};

/** The handsets that have texted or been texted, latest first, and the account's numbers. */
export function overview(store: Store): Overview {
	const handsets = store.all<{ number: string; at: number; body: string }>(
		`with mine as (
			select sender as number, seq, shown_at, body from texts where direction <> 'outbound-api'
			union all
			select recipient, seq, shown_at, body from texts where direction <> 'inbound' and shown_at is not null)
		select number, max(printf('%016d %012d', shown_at, seq)) as latest, shown_at as at, body from mine
			where number not in (select number from numbers) group by number order by latest desc, number limit 200`
	);
	const numbers = store.all<{ number: string; label: string }>(
		"select number, json_extract(settings, '$.friendly_name') as label from numbers order by seq limit 200"
	);
	return {
		handsets: handsets.map(({ number, at, body }) => ({
			...shown(number),
			last_at: new Date(at).toISOString(),
			last_body: [...body].slice(0, 160).join('')
		})),
		numbers: numbers.map(({ number, label }) => ({ ...shown(number), label }))
	};
}

function handsetIn(c: Context): string {
	const number = parseHandset(c.req.param('number') ?? '');
	if (!number) throw new BadInput('handset_invalid', 'A handset is a number in E.164, a short code or a sender name.');
	return number;
}
