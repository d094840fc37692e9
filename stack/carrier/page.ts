/** The page to hold handsets: server-rendered HTML with scripts and stylesheets from `page/`, nothing inline. */
import { readFileSync } from 'node:fs';
import { Hono } from 'hono';
import { html, raw } from 'hono/html';
import type { Faults } from './faults.ts';
import { overview, type Overview } from './handsets.ts';
import type { ShownNumber } from './news.ts';
import { knownScenarios, type Scenario } from './scenarios.ts';
import type { Store } from './store.ts';

const stylesheets = ['tokens.css', 'base.css', 'index.css', 'handset.css'];
const scripts = ['handsets.js', 'handset.js', 'day.js', 'index.js', 'parts.js', 'server.js', 'thread.js'];
const types: Readonly<Record<string, string>> = { css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' };

const files = new Map([...stylesheets, ...scripts, 'mark.svg'].map((name) => [name, read(name)]));
const icons = raw(read('icons.svg'));

function read(name: string): string {
	return readFileSync(new URL(`./page/${name}`, import.meta.url), 'utf8');
}

const policy =
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export function createPage(store: Store, faults: Faults): Hono {
	const app = new Hono();
	app.get('/', (c) => {
		c.header('content-security-policy', policy);
		c.header('cache-control', 'no-store');
		c.header('x-content-type-options', 'nosniff');
		c.header('referrer-policy', 'no-referrer');
		return c.html(page(overview(store), faults.scenarios()));
	});
	app.get('/page/:name', (c) => {
		const name = c.req.param('name');
		const content = files.get(name);
		if (content === undefined) return c.notFound();
		c.header('cache-control', 'no-cache');
		c.header('x-content-type-options', 'nosniff');
		const type = types[name.slice(name.lastIndexOf('.') + 1)];
		return c.body(content, 200, { 'content-type': `${type}; charset=utf-8` });
	});
	return app;
}

const page = ({ handsets, numbers }: Overview, active: Scenario[]) =>
	html`<!doctype html>
		<html lang="en">
			<head>
				<meta charset="utf-8" />
				<meta name="viewport" content="width=device-width, initial-scale=1" />
				<meta name="color-scheme" content="light dark" />
				<title>Handsets</title>
				<link rel="icon" href="/page/mark.svg" type="image/svg+xml" />
				${stylesheets.map((name) => html`<link rel="stylesheet" href="/page/${name}" />`)}
				<script type="module" src="/page/handsets.js"></script>
			</head>
			<body>
				${icons}
				<main>
					<h1 class="unseen">Handsets</h1>
					<nav class="index" aria-label="Handsets and numbers">
						<header class="bar">
							<p class="title" aria-hidden="true">Handsets</p>
							<p class="live" id="live" data-live="no" role="status">Connecting</p>
							<button class="primary" id="invent" type="button">${icon('plus')}New</button>
						</header>
						<div class="scroll">
							<form class="hold" id="hold" novalidate>
								<label for="own">Hold a number of your choice</label>
								<div class="field-row">
									<input id="own" name="number" autocomplete="off" spellcheck="false" aria-describedby="own-hint" />
									<button type="submit">Hold</button>
								</div>
								<p class="hint" id="own-hint">E.164, a short code or a sender’s name.</p>
								<p class="error" role="alert" hidden>${icon('alert')}<span></span></p>
							</form>
							<h2>Handsets so far</h2>
							<p class="empty" id="known-empty" ${handsets.length > 0 ? 'hidden' : ''}>
								None has texted yet. “New” invents one with a number nobody has.
							</p>
							<ul class="rows" id="known">
								${handsets.map((handset) => handsetRow(handset))}
							</ul>
							<h2>Numbers to text</h2>
							<p class="empty" id="owned-empty" ${numbers.length > 0 ? 'hidden' : ''}>
								The account owns no number yet. One that is bought appears here.
							</p>
							<ul class="rows" id="owned">
								${numbers.map((number) => ownedRow(number))}
							</ul>
							${dayForm(active)}
						</div>
					</nav>
					<div class="held" id="held">
						<p class="empty" id="held-empty">
							Pick a handset or take a new one, and text a number from it. What the team answers arrives here, live.
						</p>
						<noscript><p class="empty">Handsets need JavaScript.</p></noscript>
					</div>
				</main>
				<datalist id="owned-list">${numbers.map((number) => ownedOption(number))}</datalist>
				<template id="handset-row">${handsetRow()}</template>
				<template id="owned-row">${ownedRow()}</template>
				<template id="owned-option">${ownedOption()}</template>
				<template id="handset">${handsetInHand}</template>
				<template id="text">${textOnHandset}</template>
				<template id="day"
					><p class="day"><span></span></p
				></template>
			</body>
		</html>`;

const icon = (name: string) => html`<svg class="icon" aria-hidden="true"><use href="#icon-${name}"></use></svg>`;

const phone = ({ prefix, rest }: Pick<ShownNumber, 'prefix' | 'rest'>) =>
	html`<span class="number"><span class="prefix">${prefix}</span> <span class="rest">${rest}</span></span>`;

const nobody = { number: '', prefix: '', rest: '' };

/** What kind of day the carrier has; the numbers to choose from are filled in by the script. */
const dayForm = (active: Scenario[]) =>
	html`<h2>The carrier’s day</h2>
		<p class="empty" id="today">${describeDay(active)}</p>
		<form class="hold" id="bad-day" novalidate>
			<label for="scenario">Have a bad day</label>
			<select id="scenario" name="name">
				${Object.entries(knownScenarios).map(([name, { says }]) => html`<option value="${name}">${says}</option>`)}
			</select>
			<label for="day-number">For</label>
			<select id="day-number" name="number">
				<option value="">all numbers</option>
			</select>
			<label for="seed">Seed</label>
			<div class="field-row">
				<input id="seed" name="seed" value="1" maxlength="100" autocomplete="off" aria-describedby="seed-hint" />
				<button type="submit">Begin</button>
				<button type="button" id="end-days">End</button>
			</div>
			<p class="hint" id="seed-hint">The same seed gives the same day.</p>
			<p class="error" role="alert" hidden>${icon('alert')}<span></span></p>
		</form>`;

/** In words, as the page's script says it, too. */
function describeDay(active: Scenario[]): string {
	if (active.length === 0) return 'As usual: everything arrives.';
	return active
		.map(({ name, seed, numbers }) => `${name}, seed ${seed}, ${numbers?.join(', ') ?? 'all numbers'}`)
		.join(' · ');
}

/** A row of the index; without a handset, the template the script fills. */
function handsetRow(handset: Overview['handsets'][number] = { ...nobody, last_at: '', last_body: '' }) {
	return html`<li>
		<a class="row" href="/?handset=${encodeURIComponent(handset.number)}" data-number="${handset.number}">
			<span class="square">${icon('phone')}</span>
			${phone(handset)}
			<time datetime="${handset.last_at}"></time>
			<span class="snippet">${handset.last_body}</span>
		</a>
	</li>`;
}

function ownedRow(owned: Overview['numbers'][number] = { ...nobody, label: '' }) {
	return html`<li>
		<button class="row" type="button" data-number="${owned.number}">
			${phone(owned)} <span class="label">${owned.label}</span> <span class="act">Text it</span>
		</button>
	</li>`;
}

function ownedOption(owned: Overview['numbers'][number] = { ...nobody, label: '' }) {
	return html`<option value="${owned.number}">${owned.label}</option>`;
}

const handsetInHand = html`<section class="handset">
	<header class="bar">
		<button class="plain" type="button" data-act="away" aria-label="Put this handset away">
			${icon('back')}${icon('close')}
		</button>
		<h2>${phone(nobody)}</h2>
	</header>
	<label class="fate"
		>Texts to it
		<select>
			<option value="delivered">arrive</option>
			<option value="undelivered 30003">do not arrive: phone off, 30003</option>
			<option value="undelivered 30005">do not arrive: number unknown, 30005</option>
			<option value="undelivered 30006">do not arrive: landline, 30006</option>
			<option value="undelivered 30007">do not arrive: filtered, 30007</option>
			<option value="failed 30008">fail at the carrier, 30008</option>
		</select>
	</label>
	<div class="thread" role="log" tabindex="0" aria-label="Texts on this handset"></div>
	<p class="empty">Nothing yet. What this handset texts and receives stands here.</p>
	<form class="composer" novalidate>
		<label
			><span>To</span><input name="to" list="owned-list" inputmode="tel" autocomplete="off" spellcheck="false"
		/></label>
		<label><span>Text</span><textarea name="body" rows="2" maxlength="1600"></textarea></label>
		<label><span>Files</span><input name="files" type="file" multiple /></label>
		<p class="error" role="alert" hidden>${icon('alert')}<span></span></p>
		<button class="primary" type="submit">${icon('send')}Send</button>
	</form>
</section>`;

const textOnHandset = html`<article class="text">
	<p class="files" hidden></p>
	<p class="bubble"></p>
	<p class="meta">
		<span class="peer"></span> <time></time>
		<span class="tick"
			><svg class="icon" aria-hidden="true"><use></use></svg><span class="word"></span
		></span>
	</p>
</article>`;
