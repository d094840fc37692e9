import { statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root } from './cli.ts';
import type { Stack } from './environment.ts';
import type { Mode } from './parts.ts';

/** What a person needs to know once everything answers: addresses, the demo sign-in, where data and logs are. */
export function table(stack: Stack, mode: Mode, dataFolder: string, seconds: number): string {
	const { environment } = stack;
	const here = (path: string) => {
		const short = relative(process.cwd(), path);
		return short.startsWith('..') ? path : short;
	};
	const rows: [string, string][] = [
		['App', app(environment.APP_URL, mode)],
		['Supabase', environment.SUPABASE_URL],
		['Handsets', environment.CARRIER_URL],
		['Payments', environment.PAYMENTS_URL],
		['Mail', environment.MAIL_URL],
		['Postgres', `127.0.0.1:${stack.ports.postgres}, address in environment.json`],
		['Data', here(dataFolder)],
		['Logs', here(stack.logs)],
		['Environment', here(`${stack.folder}/environment.json`)],
		['Demo sign-in', `${environment.DEMO_EMAIL}  ${environment.DEMO_PASSWORD}`],
		['Demo number', environment.DEMO_NUMBER]
	];
	const width = Math.max(...rows.map(([name]) => name.length));
	const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
	return [
		'',
		...lines,
		'',
		`  Ready in ${seconds.toFixed(1)} s. Ctrl-C stops everything, --fresh starts over.`,
		''
	].join('\n');
}

function app(url: string, mode: Mode): string {
	if (mode === 'alone') return 'not started (npm run dev)';
	if (mode === 'dev') return url;
	const built = statSync(join(root, 'build/handler.js')).mtime.toLocaleString('en-GB');
	return `${url}  (built ${built}; npm run build builds it anew)`;
}
