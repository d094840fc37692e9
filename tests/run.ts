/** `npm test`: everything, fast to slow; ends with the sum, alone on a line. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBrowser } from './support/browser.ts';

type Count = { passed: number; failed: number };
type Stage = { name: string; command: string[]; report?: () => Count; env?: Record<string, string> };

const folder = mkdtempSync(join(tmpdir(), 'cumapp-test-'));

/** Runs one command with its output on ours. Answers the exit code. */
function run(command: string[], env: Record<string, string> = {}): Promise<number> {
	return new Promise((resolve) => {
		const child = spawn(process.execPath, command, { stdio: 'inherit', env: { ...process.env, ...env } });
		child.on('exit', (code) => resolve(code ?? 1));
		child.on('error', () => resolve(1));
	});
}

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as unknown;

/** Vitest's JSON: a test that was skipped counts as failed, a skipped check proves nothing. */
function vitestCount(file: string): Count {
	const report = readJson(file) as {
		numPassedTests: number;
		numTotalTests: number;
		testResults: { status: string; assertionResults: unknown[] }[];
	};
	const brokenFiles = report.testResults.filter((r) => r.status === 'failed' && r.assertionResults.length === 0).length;
	return { passed: report.numPassedTests, failed: report.numTotalTests - report.numPassedTests + brokenFiles };
}

function playwrightCount(file: string): Count {
	const { stats, errors } = readJson(file) as {
		stats: { expected: number; unexpected: number; flaky: number; skipped: number };
		errors: unknown[];
	};
	return { passed: stats.expected + stats.flaky, failed: stats.unexpected + stats.skipped + errors.length };
}

const bin = (name: string, path: string) => join('node_modules', name, path);
const vitest = bin('vitest', 'vitest.mjs');
const vitestReport = join(folder, 'vitest.json');
const playwrightReport = join(folder, 'playwright.json');

const stages: Stage[] = [
	{ name: 'format', command: [bin('prettier', 'bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'] },
	{
		name: 'types of the app',
		command: [bin('svelte-check', 'bin/svelte-check'), '--tsconfig', 'web/tsconfig.json', '--fail-on-warnings']
	},
	{ name: 'types of the rest', command: [bin('typescript', 'bin/tsc'), '--noEmit'] },
	{ name: 'lint', command: [bin('eslint', 'bin/eslint.js'), '.'] },
	{
		name: 'unit, functions, database and stack',
		command: [vitest, 'run', '--reporter=dot', '--reporter=json', `--outputFile.json=${vitestReport}`],
		report: () => vitestCount(vitestReport)
	},
	{ name: 'build', command: [bin('vite', 'bin/vite.js'), 'build', '--logLevel', 'warn'] },
	{
		name: 'browser',
		command: [bin('@playwright/test', 'cli.js'), 'test', '--reporter=line,json'],
		env: { PLAYWRIGHT_JSON_OUTPUT_NAME: playwrightReport },
		report: () => playwrightCount(playwrightReport)
	}
];

const sum: Count = { passed: 0, failed: 0 };
process.env.CHROMIUM = findBrowser();
// svelte-check and tsc need the types that Kit generates
await run([bin('@sveltejs/kit', 'svelte-kit.js'), 'sync']);
for (const stage of stages) {
	const start = Date.now();
	console.log(`\n── ${stage.name}`);
	const code = await run(stage.command, stage.env);
	let count: Count = code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
	if (stage.report) {
		try {
			count = stage.report();
		} catch (error) {
			console.error(`${stage.name} left no report:`, error);
			count = { passed: 0, failed: 1 };
		}
		if (code !== 0 && count.failed === 0) count.failed = 1;
	}
	sum.passed += count.passed;
	sum.failed += count.failed;
	console.log(
		`── ${stage.name}: ${count.passed} passed, ${count.failed} failed, ${((Date.now() - start) / 1000).toFixed(0)} s`
	);
}
rmSync(folder, { recursive: true, force: true });
console.log(`\n${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed === 0 ? 0 : 1;
