import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { inventNumber } from '../support/people.ts';
import type { Stack } from '../support/stack.ts';
import { quantile, type Result } from './measure.ts';
import { scene } from './scene.ts';
import { openBrowser, visit } from './visit.ts';

const mentions = 40;
/** For the last letter, in ms. */
const patience = 30_000;

/**
 * From a colleague's mention, as its request sets out, to the count of the bell painted in the browser of whom it is about; and
 * from the mention's transaction until the mail server has the letter.
 */
export async function bell({ env, sql }: Stack): Promise<Result[]> {
	const { owner, colleague, organization, number } = await scene({ env, sql });
	await sql`
		insert into private.notification_choices (user_id, organization_id, event, bell, push, email)
		values (${colleague.userId}, ${organization.id}, 'mention', true, false, 'at_once')`;
	const [row] = await sql<{ id: string }[]>`
		select private.open_conversation(${organization.id}, ${number.id}, ${inventNumber()}) as id`;
	const mention = () =>
		fetch(`${env.SUPABASE_URL}/rest/v1/rpc/add_note`, {
			method: 'POST',
			headers: {
				apikey: env.SUPABASE_PUBLISHABLE_KEY,
				authorization: `Bearer ${owner.accessToken}`,
				'content-type': 'application/json',
				'content-profile': 'api'
			},
			body: JSON.stringify({
				conversation_id: row!.id,
				body: `@${colleague.username} look`,
				idempotency_key: randomUUID()
			})
		});
	const browser = await openBrowser();
	const { page } = await visit(browser, env, colleague);
	await page.goto(`/${organization.slug}/inbox`);
	await page
		.getByText(/Synced/)
		.first()
		.waitFor();

	const waits: number[] = [];
	for (let count = 1; count <= mentions; count++) {
		const seen = page.evaluate(
			(wanted) =>
				new Promise<number>((resolve) => {
					const look = () => {
						const bells = [...document.querySelectorAll('a[href$="/inbox/notifications"]')];
						if (!bells.some((one) => one.getAttribute('aria-label')?.includes(` ${wanted} `))) return;
						observer.disconnect();
						// the frame in which it is painted
						requestAnimationFrame(() => resolve(Date.now()));
					};
					const observer = new MutationObserver(look);
					observer.observe(document.body, { childList: true, subtree: true, characterData: true, attributes: true });
					look();
				}),
			count
		);
		const start = Date.now();
		const told = await mention();
		if (!told.ok) throw new Error(`the mention was answered ${told.status}`);
		waits.push((await seen) - start);
	}
	await browser.close();

	const end = Date.now() + patience;
	const letters = () => sql<{ ms: number | null }[]>`
		select extract(epoch from j.completed_at - t.created_at)::float8 * 1000 as ms
		from private.jobs j
		join public.notifications t on t.id = (j.payload ->> 'notification_id')::uuid
		where j.kind = 'send_letter' and t.user_id = ${colleague.userId}`;
	let handed = await letters();
	while (handed.some(({ ms }) => ms === null) && Date.now() < end) {
		await pause(200);
		handed = await letters();
	}
	const delays = handed.map(({ ms }) => ms ?? Number.POSITIVE_INFINITY);
	const figures = (samples: number[]) => ({
		'p50 ms': quantile(samples, 0.5),
		'p95 ms': quantile(samples, 0.95),
		'max ms': Math.max(...samples)
	});
	return [
		{
			name: `a colleague's mention → the bell's count in the browser of whom it is about, ${mentions} mentions`,
			ratio: null,
			bar: 'p95 ≤ 500 ms',
			holds: quantile(waits, 0.95) <= 500,
			figures: figures(waits)
		},
		{
			name: `a mention → the mail server has taken its letter, ${delays.length} letters`,
			ratio: null,
			bar: 'p95 ≤ 3 s',
			holds: delays.length === mentions && quantile(delays, 0.95) <= 3000,
			figures: figures(delays)
		}
	];
}
