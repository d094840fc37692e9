import { defineConfig } from '@playwright/test';
import { findShell, launch } from './tests/support/browser.ts';

/** The address and the rest of the environment come from the stack that tests/support/e2e-stack.ts starts. */
export default defineConfig({
	testDir: 'tests/e2e',
	globalSetup: './tests/support/e2e-stack.ts',
	// what a test waits for is often not this machine: with three at a time two cores have nearly always something to do
	workers: 3,
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
