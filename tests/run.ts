/** `npm test`: everything; ends with the sum, alone on a line. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBrowser } from './support/browser.ts';
import { readPlaywright, readVitest, type Count } from './support/reports.ts';

type Stage = { name: string; command: string[]; report?: () => Count; env?: Record<string, string> };

const folder = mkdtempSync(join(tmpdir(), 'cumapp-test-'));

type Ran = { code: number; seconds: number; said: string };

/** Runs one command. Its output goes to ours: at once, or, of one among several, whole when it has ended. */
function run(command: string[], { env, alone = true }: { env?: Stage['env']; alone?: boolean } = {}): Promise<Ran> {
	const start = Date.now();
	return new Promise((resolve) => {
		const child = spawn(process.execPath, command, {
			stdio: alone ? 'inherit' : ['ignore', 'pipe', 'pipe'],
			env: { ...process.env, ...env }
		});
		const said: Buffer[] = [];
		child.stdout?.on('data', (data: Buffer) => said.push(data));
		child.stderr?.on('data', (data: Buffer) => said.push(data));
		const end = (code: number | null) => {
			if (said.length > 0) process.stdout.write(Buffer.concat(said));
			resolve({ code: code ?? 1, seconds: (Date.now() - start) / 1000, said: Buffer.concat(said).toString() });
		};
		child.on('close', end);
		child.on('error', () => end(1));
	});
}

const bin = (name: string, path: string) => join('node_modules', name, path);
const vitest = bin('vitest', 'vitest.mjs');
const playwrightReport = join(folder, 'playwright.json');

const tested = (name: string, ...projects: string[]): Stage => {
	const file = join(folder, `${name}.json`);
	return {
		name,
		command: [
			vitest,
			'run',
			'--reporter=dot',
			'--reporter=json',
			`--outputFile.json=${file}`,
			...projects.map((p) => `--project=${p}`)
		],
		report: () => readVitest(file)
	};
};

const checks: Stage[] = [
	{ name: 'build', command: [bin('vite', 'bin/vite.js'), 'build', '--logLevel', 'warn'] },
	{ name: 'format', command: [bin('prettier', 'bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'] },
	{
		name: 'types of the app',
		command: [bin('svelte-check', 'bin/svelte-check'), '--tsconfig', 'web/tsconfig.json', '--fail-on-warnings']
	},
	{ name: 'types of the rest', command: [bin('typescript', 'bin/tsc'), '--noEmit'] },
	{ name: 'lint', command: [bin('eslint', 'bin/eslint.js'), '.'] }
];

/** One group after the other; the rows of a group run side by side. */
const groups: Stage[][][] = [
	[[tested('unit, functions, database and stack', 'unit', 'runes', 'db')]],
	// chaos waits for parts to come back more than it works: there is room beside it
	[[tested('chaos', 'chaos')], checks],
	[
		[
			{
				name: 'browser',
				command: [bin('@playwright/test', 'cli.js'), 'test', '--reporter=line,json'],
				env: { PLAYWRIGHT_JSON_OUTPUT_NAME: playwrightReport },
				report: () => readPlaywright(playwrightReport)
			}
		]
	]
];

/** Runs a stage and says what it counted. A stage without a report counts as one. */
async function count(stage: Stage, alone: boolean): Promise<Count> {
	if (alone) console.log(`\n── ${stage.name}`);
	const { code, seconds, said } = await run(stage.command, { env: stage.env, alone });
	const broken = (why: string): Count => ({ passed: 0, failed: 1, failures: [`${stage.name}\n${why}`] });
	let count: Count = code === 0 ? { passed: 1, failed: 0, failures: [] } : broken(said.slice(-2000));
	if (stage.report) {
		try {
			const report = stage.report();
			count = code !== 0 && report.failed === 0 ? { ...broken(`exit code ${code}`), passed: report.passed } : report;
		} catch (error) {
			count = broken(`no report: ${String(error)}`);
		}
	}
	console.log(`── ${stage.name}: ${count.passed} passed, ${count.failed} failed, ${seconds.toFixed(0)} s`);
	return count;
}

const sum = { passed: 0, failed: 0, failures: new Array<string>() };
findBrowser();
// svelte-check and tsc need the types that Kit generates
await run([bin('@sveltejs/kit', 'svelte-kit.js'), 'sync']);
for (const group of groups) {
	await Promise.all(
		group.map(async (row) => {
			for (const stage of row) {
				const { passed, failed, failures } = await count(stage, group.length === 1);
				sum.passed += passed;
				sum.failed += failed;
				sum.failures.push(...failures);
			}
		})
	);
}
rmSync(folder, { recursive: true, force: true });
// once more at the end, where nobody has to look for it
for (const failure of sum.failures) console.log(`\n── failed: ${failure}`);
console.log(`\n${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed === 0 ? 0 : 1;
