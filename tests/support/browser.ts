import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium } from '@playwright/test';

const shell = '/usr/bin/chromium-headless-shell';
const wellKnown = [
	'/usr/bin/chromium',
	'/usr/bin/chromium-browser',
	'/usr/bin/google-chrome',
	'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
	'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'
];

/**
 * Where a Chromium is: $CHROMIUM, Playwright's own, or the system's.
 * Without one it installs one: Playwright's where it can be downloaded, else Debian's when we are root.
 * @throws Error that says what to do when none can be had: a browser test is never skipped.
 */
export function findBrowser(): string {
	const found = look();
	if (found) return found;
	console.log('No Chromium here: installing one for the tests.');
	spawnSync(process.execPath, ['node_modules/@playwright/test/cli.js', 'install', 'chromium'], {
		stdio: 'inherit',
		timeout: 300_000
	});
	if (!look() && process.platform === 'linux' && process.getuid?.() === 0) {
		const apt = (...args: string[]) =>
			spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], {
				stdio: 'ignore',
				env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
			});
		apt('update');
		apt('install', '-y', 'chromium');
		// not every release has it
		apt('install', '-y', 'chromium-headless-shell');
	}
	const installed = look();
	if (installed) return installed;
	throw new Error(
		'The browser tests need Chromium and none could be installed. Install one (npx playwright install chromium) or name it: CHROMIUM=/path/to/chromium npm test'
	);
}

/**
 * Chromium's shell, which has no windows and takes little more than half the work, where Debian's is installed; else what
 * `findBrowser` finds. It shows no notifications.
 * @throws as `findBrowser`.
 */
export function findShell(): string {
	return process.env.CHROMIUM === undefined && existsSync(shell) ? shell : findBrowser();
}

function look(): string | undefined {
	return [process.env.CHROMIUM, chromium.executablePath(), ...wellKnown].find((path) => path && existsSync(path));
}

/** How a browser is started for a test: `executablePath` is one of the above. */
export const launch = (executablePath: string) => ({
	executablePath,
	args: [
		// root in a container cannot use Chromium's own sandbox; the pages are ours
		'--no-sandbox',
		// there is none here: drawing by way of one that is simulated takes longer
		'--disable-gpu',
		'--disable-software-rasterizer',
		'--disable-background-networking',
		'--disable-component-update',
		'--disable-sync',
		'--no-first-run'
	]
});
