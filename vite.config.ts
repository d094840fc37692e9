import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';
import { plainIcons } from './lucide.ts';
import svelteConfig from './svelte.config.js';

// Kit reads web/src/env.ts's variables from here, not from Vitest's `env`; nothing in the unit project connects
if (process.env.VITEST) {
	process.env.PUBLIC_SUPABASE_URL ??= 'http://127.0.0.1:1';
	process.env.PUBLIC_SUPABASE_PUBLISHABLE_KEY ??= 'sb_publishable_test';
	process.env.SUPABASE_SECRET_KEY ??= 'sb_secret_test';
}

/** Which modules browsers get in one file: a file for each set of pages that share a module compresses badly. */
const chunks = [
	// visitors' pages need it without the shell, which would take it along
	{ name: 'account', test: /core[\\/]account\.ts$/, priority: 4 },
	// what most pages use. Nothing that knows the environment, $app/env/public: this file is evaluated with Kit's start,
	// before the environment is there (nor the base of addresses: ours is the root anyway)
	{
		name: 'common',
		test: /preload-helper|web[\\/]src[\\/]lib[\\/]ui[\\/]|node_modules[\\/](?!@sveltejs[\\/]kit[\\/]src[\\/]runtime[\\/]app[\\/]env[\\/])/,
		minShareCount: 8,
		priority: 3
	},
	// what most pages with forms use, and the environment
	{ name: 'forms', test: /web[\\/]src[\\/]lib[\\/]account[\\/]/, minShareCount: 8, priority: 2 },
	// what surrounds the pages of an organization, with everything that is left of what it needs
	{
		name: 'shell',
		test: /account[\\/](DeletionBanner|Rail|SettingsNav|Tabs|look|standing|watch-session)\./,
		priority: 1
	}
];

export default defineConfig({
	root: 'web',
	plugins: [plainIcons(), sveltekit(svelteConfig)],
	environments: { client: { build: { rolldownOptions: { output: { codeSplitting: { groups: chunks } } } } } },
	// the core lives outside Vite's root
	server: { fs: { allow: ['../supabase/functions/_shared/core'] } },
	test: {
		projects: [
			{
				extends: true,
				test: {
					name: 'unit',
					environment: 'node',
					include: ['../tests/{core,web}/**/*.test.ts', '../tests/*.test.ts'],
					exclude: ['../tests/web/**/*.svelte.test.ts']
				}
			},
			{
				extends: true,
				resolve: { conditions: ['browser'] },
				test: { name: 'runes', environment: 'jsdom', include: ['../tests/web/**/*.svelte.test.ts'] }
			},
			{
				extends: true,
				test: {
					name: 'db',
					environment: 'node',
					include: ['../tests/{db,functions,stack}/**/*.test.ts'],
					globalSetup: ['../tests/support/global-stack.ts'],
					testTimeout: 30_000,
					hookTimeout: 60_000,
					maxWorkers: 2
				}
			},
			{
				extends: true,
				test: {
					name: 'chaos',
					environment: 'node',
					include: ['../tests/chaos/**/*.test.ts'],
					// after everything else
					sequence: { groupOrder: 1 },
					testTimeout: 170_000,
					hookTimeout: 60_000,
					// one file at a time: each has a stack of its own and tells how soon it is well again
					maxWorkers: 1
				}
			}
		]
	}
});
