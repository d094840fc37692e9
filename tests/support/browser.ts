import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium } from '@playwright/test';

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
	}
	const installed = look();
	if (installed) return installed;
	throw new Error(
		'The browser tests need Chromium and none could be installed. Install one (npx playwright install chromium) or name it: CHROMIUM=/path/to/chromium npm test'
	);
}

function look(): string | undefined {
	return [process.env.CHROMIUM, chromium.executablePath(), ...wellKnown].find((path) => path && existsSync(path));
}
