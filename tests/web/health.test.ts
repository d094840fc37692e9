import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createPulse, isSecret } from '#lib/server/health.ts';
import { createMeter, gauge } from '#lib/server/metrics.ts';
import { during, idOf, tracedFetch } from '#lib/server/requests.ts';
import { daysOf, uptimeOf } from '#lib/status/days.ts';
import { supabase } from './support.ts';

test('R6.7 whoever asks whether we are alive is answered once a second, and a database that does not answer is none', async () => {
	let time = 0;
	let asked = 0;
	const answers = [Promise.resolve(true), Promise.reject(new Error('No answer')), Promise.resolve(true)];
	const isAlive = createPulse(
		() => answers[asked++]!,
		() => time
	);
	expect(await Promise.all([isAlive(), isAlive()])).toEqual([true, true]);
	time = 1000;
	expect(await isAlive()).toBe(false);
	time = 2500;
	expect(await isAlive()).toBe(true);
	expect(asked).toBe(3);
});

test('R6.7 the figures are for whoever brings the secret', () => {
	expect(isSecret('Bearer a-secret-of-sixteen', 'a-secret-of-sixteen')).toBe(true);
	for (const given of [null, '', 'Bearer ', 'a-secret-of-sixteen', 'Bearer a-secret-of-sixteen-more']) {
		expect(isSecret(given, 'a-secret-of-sixteen')).toBe(false);
	}
});

test('R6.7 requests are counted by route and duration, as Prometheus reads them', async () => {
	const meter = createMeter();
	for (const ms of [4, 60]) meter.count({ route: '/(public)/status', method: 'GET', status: 200, ms });
	meter.count({ route: null, method: 'GET', status: 404, ms: 1 });
	await meter.text();
	const lines = (await meter.text()).split('\n');
	const labels = 'route="/(public)/status",method="GET",status="2xx"';
	expect(lines).toContain(`cumapp_http_request_seconds_bucket{le="0.01",${labels}} 1`);
	expect(lines).toContain(`cumapp_http_request_seconds_bucket{le="0.1",${labels}} 2`);
	expect(lines).toContain(`cumapp_http_request_seconds_bucket{le="+Inf",${labels}} 2`);
	expect(lines).toContain(`cumapp_http_request_seconds_sum{${labels}} 0.064`);
	expect(lines).toContain('cumapp_http_request_seconds_count{route="none",method="GET",status="4xx"} 1');
	expect(lines.filter((line) => /^process_uptime_seconds [\d.]+$/.test(line))).toHaveLength(1);
	const registry = new Registry();
	gauge(registry, 'a_b', 'Some', [
		[{ kind: 'with "quotes"' }, 1],
		[{ kind: 'not known' }, null]
	]);
	gauge(registry, 'nobody_knows', 'None', [[{}, null]]);
	expect(await registry.metrics()).toBe('# HELP a_b Some\n# TYPE a_b gauge\na_b{kind="with \\"quotes\\""} 1\n');
});

test('R6.7 a request has one id, the proxy’s or its own, and what is asked for it carries it along', async () => {
	expect(idOf(new Headers({ 'x-request-id': 'from-the-proxy_1' }))).toBe('from-the-proxy_1');
	expect(idOf(new Headers({ 'x-request-id': 'no <id>' }))).toMatch(/^[0-9a-f-]{36}$/);
	const asked = supabase({ '/rpc/me': { body: {} } });
	const url = 'http://127.0.0.1:1/rest/v1/rpc/me';
	await during('one-of-them', async () => {
		await Promise.resolve();
		return tracedFetch(url, { method: 'POST', headers: { apikey: 'a key' } });
	});
	await tracedFetch(url, { method: 'POST' });
	expect(asked.map(({ headers }) => headers.get('x-request-id'))).toEqual(['one-of-them', null]);
	expect(asked[0]!.headers.get('apikey')).toBe('a key');
});

test('R6.7 ninety days of a part say what was, and claim no more than is known', () => {
	const days = daysOf(
		[
			[89, 1440, 0],
			[2, 1438, 2],
			[1, 1400, 40],
			[0, 100, 100]
		],
		'2026-11-23'
	);
	expect(days).toHaveLength(90);
	expect(days[0]).toEqual({ date: '26 August', state: 'well', says: '26 August: no trouble' });
	expect(days[1]!.state).toBe('unknown');
	expect(days.slice(-3).map(({ state }) => state)).toEqual(['well', 'some', 'much']);
	expect(days.at(-1)!.says).toBe('23 November: 50 % of the time in trouble');
	expect(uptimeOf([[0, 99_999, 1]])).toBe('99.99 %');
	expect(uptimeOf([])).toBeNull();
});
