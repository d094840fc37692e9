/** The carrier's named worst day, as two people and a phone live through it. */
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test, type Page } from '@playwright/test';
import { createFaults, NewScenario, type FaultTarget } from '../../stack/carrier/faults.ts';
import { explainCarrierError } from '../../supabase/functions/_shared/core/carrier-errors.ts';
import { env, signIn, sql, team } from '../support/browsers.ts';

const questions = 10;
const answers = 8;

type Row = { body: string; direction: string; status: string; error: string | null; sid: string | null };
type Resource = { sid: string; body: string; direction: string; status: string; error_code: number | null };
/** A turn as it stands on the page. */
type Shown = { ours: boolean; bodies: string[]; line: string; note: string };

const thread = (page: Page) => page.getByRole('log', { name: 'Messages' });
const composer = (page: Page) => page.getByRole('textbox', { name: 'Text' });

/** A worst day on which, between these two numbers, everything happens early, and nothing that ends the day or takes half a minute. */
function findSeed(number: string, peer: string): number {
	for (let seed = 1; ; seed += 1) {
		const faults = createFaults();
		faults.begin(NewScenario.parse({ name: 'worst-day', seed }));
		const day = (target: FaultTarget, count: number) =>
			Array.from({ length: count }, () => faults.take(target, { number, peer }));
		if (!day('codes', 1)[0]) continue;
		const outcomes = day('outcomes', answers).filter(Boolean).length;
		if (outcomes < 2 || outcomes > answers - 4) continue;
		const hooks = day('inbound', questions).map((fault) => fault?.kind);
		if (!['lose', 'duplicate', 'hang', 'cut_after'].every((kind) => hooks.some((each) => each === kind))) continue;
		const calls = day('messages.create', 3 * answers).map((fault) =>
			fault?.kind === 'status' ? fault.status : fault?.kind === 'hang' && fault.ms > 3000 ? 'too long' : fault?.kind
		);
		if (calls.includes(400) || calls.includes('too long')) continue;
		const early = new Set<unknown>(calls.slice(0, answers));
		if ([429, 500, 'hang', 'cut_after'].every((each) => early.has(each))) return seed;
	}
}

async function control(method: string, path: string, body?: object): Promise<void> {
	const response = await fetch(env.CARRIER_URL + path, {
		method,
		headers: { 'content-type': 'application/json' },
		body: body && JSON.stringify(body)
	});
	if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
}

/** The carrier's own copies of the texts between two numbers. Its bad day is also ours: then it answers nothing. */
async function carriersTexts(number: string, peer: string): Promise<Resource[]> {
	const account = `${env.TWILIO_ACCOUNT_SID}:${env.TWILIO_AUTH_TOKEN}`;
	const list = async (query: Record<string, string>) => {
		const search = new URLSearchParams({ ...query, PageSize: '1000' });
		const url = `${env.CARRIER_URL}/2010-04-01/Accounts/${env.TWILIO_ACCOUNT_SID}/Messages.json?${search}`;
		const response = await fetch(url, { headers: { authorization: `Basic ${btoa(account)}` } });
		if (!response.ok) throw new Error(`the carrier answered ${response.status}`);
		return ((await response.json()) as { messages: Resource[] }).messages;
	};
	const both = [list({ From: number, To: peer }), list({ From: peer, To: number })];
	return (await Promise.allSettled(both)).flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
}

/** Time passes: what waits is due, an attempt whose outcome is unknown is long ago, and the minute's reconciliation comes. */
async function hurry(conversation: string): Promise<void> {
	// a real day spreads a text's twelve attempts over hours; hurried along as here, each of them counts for nothing
	await sql`update private.jobs set run_at = now(), max_attempts = 1000000 where completed_at is null and parked_at is null`;
	await sql`
		update private.dispatches d set dispatched_at = d.dispatched_at - interval '1 minute'
		from private.jobs j
		where j.queue_key = ${conversation} and j.completed_at is null and (j.payload ->> 'message_id')::uuid = d.message_id
			and coalesce(j.leased_until, '-infinity') < now() and d.dispatched_at > now() - interval '40 seconds'`;
	await sql`
		insert into private.jobs (kind, queue_key, payload, max_attempts)
		select 'reconcile', 'reconcile', '{"status_after_seconds": 0}', 1000000
		where not exists (select from private.jobs where kind = 'reconcile' and completed_at is null)`;
	const headers = { authorization: `Bearer ${env.WORKER_SECRET}` };
	await fetch(env.WORKER_URL, { method: 'POST', headers });
}

const stored = (conversation: string) => sql<Row[]>`
	select body, direction, status, error_code as error, carrier_message_id as sid
	from public.messages where conversation_id = ${conversation} order by seq`;

/** What our rows and the carrier's texts do not have in common, in words. */
function differences(rows: readonly Row[], theirs: readonly Resource[], expected: number): string[] {
	const found: string[] = [];
	if (theirs.length !== expected) found.push(`the carrier shows ${theirs.length} texts, not ${expected}`);
	if (rows.length !== expected) found.push(`${rows.length} texts are stored, not ${expected}`);
	for (const { sid, body, direction, status, error_code } of theirs) {
		const [row, ...more] = rows.filter((each) => each.sid === sid);
		if (!row || more.length > 0) found.push(`"${body}" is stored ${row ? more.length + 1 : 0} times`);
		else if (row.body !== body) found.push(`"${body}" is "${row.body}" here`);
		else {
			const ours = direction === 'inbound' ? 'received' : status === 'undelivered' ? 'failed' : status;
			if (row.status !== ours) found.push(`"${body}" is ${status} there, ${row.status} here`);
			if ((error_code ?? '').toString() !== (row.error ?? '')) found.push(`"${body}": ${error_code}, ${row.error}`);
		}
	}
	return found;
}

/** The thread as a person sees it, from top to bottom. */
const shownOn = (page: Page): Promise<Shown[]> =>
	thread(page).evaluate((log) => {
		const words = (part: Element | null) => {
			const seen = part?.cloneNode(true) as Element | undefined;
			for (const hidden of seen?.querySelectorAll('.visually-hidden') ?? []) hidden.remove();
			return (seen?.textContent ?? '').replace(/\s+/g, ' ').trim();
		};
		return [...log.querySelectorAll('.turn')].map((turn) => ({
			ours: turn.hasAttribute('data-ours'),
			bodies: [...turn.querySelectorAll('.bubble > p')].map(words),
			line: words(turn.querySelector('.line')),
			note: words(turn.querySelector('.failure'))
		}));
	});

test('R2.1 R3.2 R3.4 R4.7 R4.8 on the carrier’s worst day two browsers show each text once, in the database’s order, as the carrier ended it and why', async ({
	browser
}) => {
	// twenty seconds on a quiet machine
	test.setTimeout(120_000);
	const { owner, colleague, organization, number, handset } = await team();
	const people = [await signIn(browser, owner), await signIn(browser, colleague)];
	await handset.text(number.e164, 'Good morning');
	for (const { page } of people) {
		await page.goto(`/${organization.slug}/inbox`);
		await page.getByRole('navigation', { name: 'Conversations' }).getByText('Good morning').click();
		await expect(thread(page).getByText('Good morning')).toBeVisible();
	}
	const [conversation] = await sql<{ id: string }[]>`
		select id from public.conversations where phone_number_id = ${number.id}`;
	const { id } = conversation!;

	await control('POST', '/scenarios', { name: 'worst-day', seed: findSeed(number.e164, handset.e164) });
	try {
		for (let at = 0; at < questions; at += 1) {
			await handset.text(number.e164, at === 0 ? 'My code is 481920, is it yours?' : `Question ${at}`);
			if (at >= answers) continue;
			const [writer, reader] = at % 2 === 0 ? people : people.toReversed();
			await composer(writer!.page).fill(`Answer ${at}`);
			await composer(writer!.page).press('Control+Enter');
			for (const { page } of [writer!, reader!])
				await expect(thread(page).getByText(`Answer ${at}`, { exact: true })).toBeVisible();
		}

		const unequal = async () => {
			await hurry(id);
			// an attempt too soon after the last is an attempt wasted
			await pause(500);
			const theirs = await carriersTexts(number.e164, handset.e164);
			return differences(await stored(id), theirs, 1 + questions + answers);
		};
		await expect.poll(unequal, { timeout: 90_000, intervals: [200] }).toEqual([]);

		const rows = await stored(id);
		for (const { page } of people) {
			const bodies = async () => (await shownOn(page)).flatMap((turn) => turn.bodies);
			await expect.poll(bodies, { timeout: 20_000 }).toEqual(rows.map(({ body }) => body));
			// statuses too, each with its reason in words
			await expect.poll(async () => said(await shownOn(page)), { timeout: 20_000 }).toEqual(rows.map(says));
		}
		expect(rows.filter(({ status }) => status === 'failed').length).toBeGreaterThan(1);
		expect(rows.filter(({ error }) => error === '30038')).toMatchObject([{ body: 'My code is ******, is it yours?' }]);
		const delivered = rows.filter(({ status }) => status === 'delivered').map(({ body }) => body);
		expect(await handset.received()).toEqual(delivered);
	} finally {
		await control('DELETE', '/scenarios');
		for (const { context } of people) await context.close();
	}
});

/** What a row's turn has to say beside its body. */
function says({ body, status, error }: Row): string {
	const word = { delivered: 'Delivered', failed: 'Not delivered' }[status] ?? '';
	const { says: reason, advice } = explainCarrierError(error);
	return [body, word, ...(error ? [`${reason}. ${advice} Carrier code ${error}`] : [])].join(' | ');
}

/** The same of what is shown: the texts of one turn share its word. */
function said(turns: readonly Shown[]): string[] {
	return turns.flatMap(({ ours, bodies, line, note }) => {
		const word = ours ? (/(Not delivered|Delivered|Sent|Queued)$/.exec(line)?.[1] ?? line) : '';
		const reason = note.replace(/ ?Try again$/, '');
		return bodies.map((body) => [body, word, ...(reason ? [reason] : [])].join(' | '));
	});
}
