import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import { addMember, createPerson, inventNumber, type Person } from '../support/people.ts';
import type { Stack } from '../support/stack.ts';
import { median, type Result } from './measure.ts';
import { mirror, type Mirror } from './mirror.ts';
import { scene } from './scene.ts';
import { openBrowser, visit } from './visit.ts';

const clients = 18;
const perSecond = 10;
const seconds = 60;
const texts = perSecond * seconds;
const bar = 2000;
/** How long is waited for those who are late, ms. */
const patience = 30_000;

/**
 * Two browsers and 18 more clients with one conversation open, into which a handset sends ten texts a second for a minute:
 * how long after the last one was sent all of them have the same texts, each once.
 */
export async function colleagues({ env, sql }: Stack): Promise<Result> {
	const { owner, colleague, organization, number } = await scene({ env, sql });
	const people: Person[] = [];
	for (let n = 0; n < clients; n++) people.push(await createPerson(sql, env));
	for (const person of people) await addMember(sql, organization.id, person, 'member');
	const send = handset(env, number.e164);
	await send('Text 0');
	const conversation = await found(sql, organization.id);

	const browser = await openBrowser();
	const mirrors: Mirror[] = [];
	try {
		const pages: Page[] = [];
		const counts = { hints: 0, reads: 0 };
		for (const person of [owner, colleague]) {
			const { page } = await visit(browser, env, person);
			watchTraffic(page, counts);
			await page.goto(`/${organization.slug}/inbox/${conversation}`);
			const synced = page.getByText(/Synced/).first();
			await synced.waitFor();
			await page.evaluate(keepSeen);
			pages.push(page);
		}
		for (const person of people) mirrors.push(await mirror(env, person, conversation));
		Object.assign(counts, { hints: 0, reads: 0 });

		const sent: Promise<void>[] = [];
		const start = performance.now();
		for (let n = 1; n <= texts; n++) {
			await pause(Math.max(0, start + (n - 1) * (1000 / perSecond) - performance.now()));
			sent.push(send(`Text ${n}`));
		}
		await Promise.all(sent);
		const end = performance.now();

		const whole = texts + 1;
		let storedAfter = 0;
		const haveAll = async () => {
			const [row] = await sql<{ count: number }[]>`
				select count(*)::int as count from public.messages where conversation_id = ${conversation}`;
			if (row?.count !== whole) return false;
			storedAfter ||= performance.now() - end;
			if (mirrors.some(({ messages }) => messages().length < whole)) return false;
			const seen = await Promise.all(pages.map(async (page) => (await seenBy(page)).bodies));
			return seen.every((bodies) => bodies >= whole);
		};
		while (!(await haveAll()) && performance.now() - end < patience) await pause(50);
		const late = performance.now() - end;

		const rows = await sql<{ seq: number; body: string }[]>`
			select seq::int as seq, body from public.messages where conversation_id = ${conversation} order by seq`;
		const stored = new Set(rows.map(({ body }) => body)).size;
		const truth = JSON.stringify(rows.map(({ seq, body }) => [seq, body]));
		const equal = mirrors.filter(
			({ messages }) => JSON.stringify(messages().map(({ seq, body }) => [seq, body])) === truth
		).length;
		const seen = await Promise.all(pages.map(seenBy));
		const equalPages = seen.filter(({ bodies, twice }) => bodies === whole && twice === 0).length;
		const kept = rows.length === whole && stored === whole;
		return {
			name: `${pages.length} browsers and ${clients} clients on one conversation, ${perSecond} texts a second for ${seconds} s`,
			ratio: null,
			bar: `nothing lost or doubled, all equal ≤ ${bar} ms after the last was sent`,
			holds: kept && equal === clients && equalPages === pages.length && late <= bar,
			figures: {
				'all equal after, ms': late,
				'all stored after, ms': storedAfter,
				'sending took, s': (end - start) / 1000,
				'texts stored': rows.length,
				'clients equal': equal,
				'browsers equal': equalPages,
				'hints a client': median(mirrors.map(({ hints }) => hints())),
				'reads a client': median(mirrors.map(({ reads }) => reads())),
				'hints of the thread, a browser': counts.hints / pages.length,
				'reads of the thread, a browser': counts.reads / pages.length
			}
		};
	} finally {
		await browser.close();
		await Promise.all(mirrors.map(({ close }) => close()));
	}
}

/** A phone outside; answers once the network has taken the text. */
function handset(env: Stack['env'], to: string): (body: string) => Promise<void> {
	const url = `${env.CARRIER_URL}/handsets/${encodeURIComponent(inventNumber())}/texts`;
	return async (body) => {
		const response = await fetch(url, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ to, body })
		});
		if (!response.ok) throw new Error(`the carrier answered ${response.status}: ${await response.text()}`);
	};
}

/** The organization's only conversation, once its first text has arrived. */
async function found(sql: Stack['sql'], organizationId: string): Promise<string> {
	for (;;) {
		const [row] = await sql<{ id: string }[]>`
			select id from public.conversations where organization_id = ${organizationId}`;
		if (row) return row.id;
		await pause(50);
	}
}

/** Counts what the thread is told and what it reads. */
function watchTraffic(page: Page, counts: { hints: number; reads: number }): void {
	page.on('websocket', (socket) =>
		socket.on('framereceived', ({ payload }) => {
			const told = String(payload);
			if (told.includes('conversation:') && told.includes('"seq"')) counts.hints += 1;
		})
	);
	page.on('request', (request) => {
		if (request.url().includes('/rest/v1/messages?')) counts.reads += 1;
	});
}

/** Runs in the page: keeps which texts were ever drawn, and whether one stood there twice. */
function keepSeen(): void {
	const seen = new Set<string>();
	const state = { seen, twice: 0 };
	const look = () => {
		const drawn = [...document.querySelectorAll<HTMLElement>('[role="log"] [data-seq]')].map(
			(text) => text.dataset.seq ?? ''
		);
		if (new Set(drawn).size < drawn.length) state.twice += 1;
		for (const seq of drawn) seen.add(seq);
	};
	look();
	new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
	Object.assign(window, { kept: state });
}

const seenBy = (page: Page) =>
	page.evaluate(() => {
		const { kept } = window as unknown as { kept: { seen: Set<string>; twice: number } };
		return { bodies: kept.seen.size, twice: kept.twice };
	});
