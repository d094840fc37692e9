/** What the test runners' JSON reports say, in one form. */
import { readFileSync } from 'node:fs';

export type Count = {
	passed: number;
	failed: number;
	/** What failed and why, a line or a few each. */
	failures: readonly string[];
};

type VitestReport = {
	numPassedTests: number;
	numTotalTests: number;
	testResults: {
		name: string;
		status: string;
		message: string;
		assertionResults: { fullName: string; status: string; failureMessages?: string[] }[];
	}[];
};

type Suite = { file: string; suites?: Suite[]; specs: Spec[] };
type Spec = { title: string; ok: boolean; tests: { results: { error?: { message?: string } }[] }[] };
type PlaywrightReport = {
	stats: { expected: number; unexpected: number; flaky: number; skipped: number };
	errors: { message?: string }[];
	suites: Suite[];
};

const mostCharacters = 600;
const colours = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');

const told = (where: string, title: string, why = ''): string =>
	`${where} › ${title}\n${why.replace(colours, '').slice(0, mostCharacters)}`.trim();

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as unknown;

/** Vitest's: a test that was skipped counts as failed, a skipped check proves nothing. */
export function readVitest(file: string): Count {
	const { numPassedTests, numTotalTests, testResults } = readJson(file) as VitestReport;
	const broken = testResults.filter((each) => each.status === 'failed' && each.assertionResults.length === 0);
	const failures = testResults.flatMap(({ name, assertionResults }) =>
		assertionResults
			.filter(({ status }) => status !== 'passed')
			.map(({ fullName, status, failureMessages }) => told(name, fullName, failureMessages?.[0] ?? status))
	);
	return {
		passed: numPassedTests,
		failed: numTotalTests - numPassedTests + broken.length,
		failures: [...failures, ...broken.map(({ name, message }) => told(name, 'the file itself', message))]
	};
}

/** Playwright's, with the same rule. */
export function readPlaywright(file: string): Count {
	const { stats, errors, suites } = readJson(file) as PlaywrightReport;
	const failuresIn = (suite: Suite): string[] => [
		...suite.specs
			.filter(({ ok }) => !ok)
			.map(({ title, tests }) =>
				told(suite.file, title, tests.flatMap(({ results }) => results).find(({ error }) => error)?.error?.message)
			),
		...(suite.suites ?? []).flatMap(failuresIn)
	];
	return {
		passed: stats.expected + stats.flaky,
		failed: stats.unexpected + stats.skipped + errors.length,
		failures: [
			...suites.flatMap(failuresIn),
			...errors.map(({ message }) => told('browser', 'the run itself', message))
		]
	};
}
