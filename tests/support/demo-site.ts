/** Somebody else's site, where one signs up with a texted code. It texts as a site does: through the carrier, from outside. */
import { serve } from '@hono/node-server';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { Hono } from 'hono';
import { html } from 'hono/html';
import type { handset } from './browsers.ts';

export const siteName = 'Marigold';

const page = (content: ReturnType<typeof html>) =>
	html`<!doctype html>
		<html lang="en">
			<title>${siteName}</title>
			<h1>${siteName}</h1>
			${content}
		</html>`;

/** Starts it on a free port; `phone` is what it texts from. */
export async function startDemoSite(phone: Pick<ReturnType<typeof handset>, 'text'>) {
	const codes = new Map<string, string>();
	const app = new Hono();
	app.get('/', (c) =>
		c.html(
			page(
				html`<form method="post" action="/sign-up">
					<label>Phone number <input name="phone" type="tel" required /></label><button>Text me a code</button>
				</form>`
			)
		)
	);
	app.post('/sign-up', async (c) => {
		const { phone: number } = (await c.req.parseBody()) as { phone: string };
		const code = String(randomInt(100_000, 1_000_000));
		codes.set(number, code);
		await phone.text(number, `${code} is your ${siteName} code. It is good for 5 minutes.`);
		return c.html(
			page(
				html`<form method="post" action="/check">
					<input type="hidden" name="phone" value="${number}" />
					<label>Code <input name="code" autocomplete="one-time-code" required /></label><button>Sign up</button>
				</form>`
			)
		);
	});
	app.post('/check', async (c) => {
		const { phone: number, code } = (await c.req.parseBody()) as { phone: string; code: string };
		return codes.get(number) === code
			? c.html(page(html`<p>Welcome. Your account is ready.</p>`))
			: c.html(page(html`<p>This code is not right.</p>`), 422);
	});
	const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' });
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		stop: () => new Promise((done) => server.close(done))
	};
}
