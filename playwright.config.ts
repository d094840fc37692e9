import { defineConfig } from '@playwright/test';
import { findShell, launch } from './tests/support/browser.ts';

/** The address and the rest of the environment come from the stack that tests/support/e2e-stack.ts starts. */
export default defineConfig({
	testDir: 'tests/e2e',
	globalSetup: './tests/support/e2e-stack.ts',
	// what a test waits for is mostly not this machine: two at a time take little more than one
	workers: 2,
	fullyParallel: true,
	retries: 0,
	forbidOnly: true,
	timeout: 60_000,
	expect: { timeout: 10_000 },
	use: {
		baseURL: process.env.APP_URL,
		locale: 'en-GB',
		timezoneId: 'Europe/Berlin',
		// recording costs a quarter of the time: --trace retain-on-failure shows a test that failed
		trace: 'off',
		launchOptions: launch(findShell())
	}
});
