import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { plainIcons } from './lucide.ts';
import { shortManifest } from './manifest.ts';
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
	// before the environment is there (nor the base of addresses: ours is the root anyway). And nothing of which menus and
	// dialogs are made: that comes when one is opened
	{
		name: 'common',
		test: /preload-helper|web[\\/]src[\\/]lib[\\/](?:ui[\\/](?!EmptyState|PhoneNumber|SelectField)|account[\\/])|node_modules[\\/](?!@sveltejs[\\/]kit[\\/]src[\\/]runtime[\\/]app[\\/]env[\\/]|svelte[\\/]src[\\/]reactivity[\\/](?:map|set|date|url|index)|(?:bits-ui|svelte-toolbelt|runed|tabbable|inline-style-parser|style-to-object|@floating-ui)[\\/])/,
		minShareCount: 8,
		priority: 3
	},
	// what every page brings along for the case that it fails
	{ name: 'refused', test: /account[\\/]Refused\.|ui[\\/]Logo\./, priority: 3 },
	// fields of several settings
	{ name: 'fields', test: /account[\\/](Name|Username)Field\.|TimeZoneField\./, priority: 2 },
	// what surrounds the pages of an organization, with everything that is left of what it needs
	{
		name: 'shell',
		test: /account[\\/](Rail|Tabs|look|standing|stay|watch-session)\.|notifications[\\/]bell\.|icons[\\/]user-round\.svelte/,
		priority: 2
	},
	// what other pages have in common with the inbox …
	{ name: 'payload', test: /runtime[\\/]client[\\/]payload\./, priority: 5 },
	{
		name: 'environment',
		test: /generated[\\/].*env[\\/]public|runtime[\\/]app[\\/]env[\\/]public[\\/]/,
		priority: 4
	},
	{ name: 'phone', test: /core[\\/]phone-display|ui[\\/]PhoneNumber/, priority: 3 },
	{ name: 'live', test: /realtime[\\/](?:live|connection|session-token)/, priority: 3 },
	{
		name: 'small',
		test: /core[\\/]everyday-failures|ui[\\/]Chip\.|icons[\\/](?:x|circle-alert|moon|sun)\.svelte/,
		priority: 3,
		entriesAware: true
	},
	// … and what every page of the inbox is made of: one file, since each of a dozen compresses badly
	{
		name: 'inbox',
		test: /lib[\\/]conversations[\\/](?:desk|ConversationRow|InboxPlanes|InboxTabs|ConversationList|SearchBox|SyncPill)\./,
		priority: 1
	}
];

/** Routes whose pages say `csr = false`; not sign-in, to which an open page may refuse to be led. */
const withoutScripts =
	/^\/(?:admin|docs|a|\(public\)|\(visitor\)\/(?:check-mail|forgot-password|invitation|unsubscribe|verify))(?:\/|$)/;

/** Every page brings the list of all pages' stylesheets along: their names and longer hashes weigh 0.5 kB there. */
const assetFileNames = '_app/immutable/assets/[hash:5][extname]';

/** What takes longest begins: at the end it would run alone. */
class LongestFirst extends BaseSequencer {
	override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
		const isLong = ({ moduleId }: TestSpecification) => moduleId.includes('planted-flaws');
		const sorted = await super.sort(files);
		return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
	}
}

export default defineConfig({
	root: 'web',
	plugins: [plainIcons(), sveltekit(svelteConfig), shortManifest(withoutScripts)],
	build: {
		modulePreload: {
			// The lists of what to fetch together with a page's file weigh more on every page than the one step they spare a
			// link, which is fetched as soon as somebody points at it. What a first visit needs is in its HTML all the same.
			resolveDependencies: (_file, needed, { hostType }) =>
				hostType === 'js' ? needed.filter((file) => file.endsWith('.css')) : needed
		}
	},
	environments: {
		client: { build: { rolldownOptions: { output: { codeSplitting: { groups: chunks }, assetFileNames } } } },
		// or a page would name other files than its script, and have both fetched
		ssr: { build: { rolldownOptions: { output: { assetFileNames } } } }
	},
	// the core lives outside Vite's root
	server: { fs: { allow: ['../supabase/functions/_shared/core'] } },
	test: {
		sequence: { sequencer: LongestFirst },
		projects: [
			{
				extends: true,
				test: {
					name: 'unit',
					environment: 'node',
					maxWorkers: 3,
					testTimeout: 30_000,
					include: ['../tests/{core,web}/**/*.test.ts', '../tests/*.test.ts'],
					exclude: ['../tests/web/**/*.svelte.test.ts']
				}
			},
			{
				extends: true,
				resolve: { conditions: ['browser'] },
				test: {
					name: 'runes',
					environment: 'jsdom',
					isolate: false,
					maxWorkers: 3,
					testTimeout: 30_000,
					include: ['../tests/web/**/*.svelte.test.ts']
				}
			},
			{
				extends: true,
				test: {
					name: 'db',
					environment: 'node',
					include: ['../tests/{db,functions,stack}/**/*.test.ts'],
					globalSetup: ['../tests/support/global-stack.ts'],
					testTimeout: 90_000,
					hookTimeout: 90_000,
					maxWorkers: 3
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
