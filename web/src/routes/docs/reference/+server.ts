import { PUBLIC_APP_NAME } from '$app/env/public';
import { themeOf } from '#lib/server/themes.ts';
import type { RequestHandler } from './$types';

const [script = ''] = Object.values(
	import.meta.glob<string>('../../../../../node_modules/@scalar/api-reference/dist/browser/standalone.js', {
		query: '?url',
		import: 'default',
		eager: true,
		exhaustive: true
	})
);

/** Everything from here, and nothing to others: no fonts, measuring, assistants or proxies of Scalar's. Keys are not asked for. */
const settings = {
	url: '/docs/reference/openapi.json',
	withDefaultFonts: false,
	telemetry: false,
	agent: { disabled: true },
	mcp: { disabled: true },
	showDeveloperTools: 'never',
	hideClientButton: true,
	hideTestRequestButton: true,
	persistAuth: false,
	defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
	customCss: `
		:root { --scalar-font: system-ui, sans-serif; --scalar-font-code: ui-monospace, monospace; --scalar-custom-header-height: 3rem; }
		.way-back { position: sticky; inset-block-start: 0; z-index: 10; box-sizing: border-box; block-size: 3rem; padding: 0.9rem 1.25rem;
			border-block-end: 1px solid color-mix(in srgb, currentcolor 20%, transparent); background: Canvas; color: CanvasText;
			font: 0.875rem/1.25 system-ui, sans-serif; }
		.way-back a { color: inherit; }`
};

/** Scalar writes styles into the page, which our others do not allow; nobody's words but ours are here. */
const policy =
	"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** The one page of which others made the script: a document of its own, with nothing of the app in it. */
export const GET: RequestHandler = ({ cookies }) => {
	const theme = themeOf(cookies);
	const chosen = JSON.stringify({ ...settings, ...(theme && { darkMode: theme === 'dark' }) });
	const html = `<!doctype html>
<html lang="en">
	<head>
		<meta charset="utf-8" />
		<meta name="viewport" content="width=device-width, initial-scale=1" />
		<meta name="color-scheme" content="light dark" />
		<link rel="icon" href="/favicon.svg" type="image/svg+xml" />
		<title>API reference · ${escaped(PUBLIC_APP_NAME)}</title>
	</head>
	<body>
		<noscript><a href="/docs/reference/openapi.json">The reference as OpenAPI 3.1</a> · <a href="/docs">Documentation</a></noscript>
		<nav class="way-back" aria-label="Documentation"><a href="/docs">Documentation of ${escaped(PUBLIC_APP_NAME)}</a></nav>
		<div id="api-reference" data-configuration="${escaped(chosen)}"></div>
		<script type="module" src="${script}"></script>
	</body>
</html>`;
	return new Response(html, {
		headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy }
	});
};

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
