import { defineConfig } from '@playwright/test';
import { findBrowser } from './tests/support/browser.ts';

/** The address and the rest of the environment come from the stack that tests/support/e2e-stack.ts starts. */
export default defineConfig({
	testDir: 'tests/e2e',
	globalSetup: './tests/support/e2e-stack.ts',
	workers: 1,
	retries: 0,
	forbidOnly: true,
	timeout: 60_000,
	expect: { timeout: 10_000 },
	use: {
		baseURL: process.env.APP_URL,
		locale: 'en-GB',
		timezoneId: 'Europe/Berlin',
		trace: 'retain-on-failure',
		launchOptions: {
			executablePath: findBrowser(),
			args: [
				// root in a container cannot use Chromium's own sandbox; the pages are ours
				'--no-sandbox',
				'--disable-background-networking',
				'--disable-component-update',
				'--disable-sync',
				'--no-first-run'
			]
		}
	}
});
