/**
 * `npm run bench`: what is measured, as a table and as JSON. A bar that does not hold is said, not hidden. Words choose
 * measurements; `--huge` grows to 10 M messages.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { startStack } from '../support/stack.ts';
import { api, coldStart } from './api.ts';
import { bell } from './bell.ts';
import { bytes } from './bytes.ts';
import { codeVisible } from './code-visible.ts';
import { codes } from './codes.ts';
import { colleagues } from './colleagues.ts';
import { consoleSearch } from './console.ts';
import { dashboard } from './dashboard.ts';
import { exports } from './exports.ts';
import { figures } from './figures.ts';
import { fuzz } from './fuzz.ts';
import { growth } from './growth.ts';
import { jump } from './jump.ts';
import { ledger } from './ledger.ts';
import { lighthousePoints } from './lighthouse.ts';
import { limits } from './limits.ts';
import { live } from './live.ts';
import { marketplace, purchase } from './marketplace.ts';
import type { Result } from './measure.ts';
import { paint } from './paint.ts';
import { realtime } from './realtime.ts';
import { receive } from './receive.ts';
import { scroll } from './scroll.ts';
import { search } from './search.ts';
import { segments } from './segments.ts';
import { sockets } from './sockets.ts';
import { statement } from './statement.ts';
import { storm } from './storm.ts';
import { thread } from './thread.ts';
import { wait } from './wait.ts';
import { webhook } from './webhook.ts';
import { webhookEvents } from './webhook-events.ts';

const only = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const measurements = {
	...{
		segments,
		codes,
		receive,
		thread,
		growth,
		jump,
		search,
		console: consoleSearch,
		storm,
		webhook,
		realtime,
		sockets,
		ledger,
		statement,
		marketplace,
		purchase
	},
	...{
		api,
		'cold-start': coldStart,
		limits,
		fuzz,
		'webhook-events': webhookEvents,
		wait,
		'code-visible': codeVisible,
		live,
		colleagues,
		paint,
		scroll,
		bytes,
		dashboard,
		figures,
		lighthouse: lighthousePoints
	},
	exports,
	bell
};

const stack = await startStack({ app: 'preview' });
const results: Result[] = [];
try {
	for (const [name, measure] of Object.entries(measurements)) {
		if (only.length > 0 && !only.includes(name)) continue;
		console.log(`measuring ${name} …`);
		results.push(...[await measure(stack)].flat());
	}
} finally {
	await stack.stop();
}

for (const { name, ratio, bar, holds, figures } of results) {
	const shown = Object.entries(figures).map(([label, value]) => `${label} ${Number(value.toFixed(3))}`);
	console.log(
		`\n${name}\n  ${ratio === null ? '' : `ratio ${ratio.toFixed(2)}, `}bar ${bar}: ${holds ? 'holds' : 'DOES NOT HOLD'}\n  ${shown.join(' · ')}`
	);
}
mkdirSync('.stack', { recursive: true });
writeFileSync('.stack/bench.json', JSON.stringify({ at: new Date().toISOString(), results }, null, '\t'));
console.log('\nAlso as JSON: .stack/bench.json');
