/**
 * The local platform: `node stack/main.ts [dev|preview] [--fresh]`. No word: Supabase and its surroundings; `dev`: the app
 * by vite beside it; `preview`: the built app. Ctrl-C takes everything down. stack/README.md says what is where.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './cli.ts';
import type { Mode } from './parts.ts';
import { superviseStack } from './supervisor.ts';

function readArguments(): { mode: Mode; fresh: boolean } {
	const { values, positionals } = parseArgs({ options: { fresh: { type: 'boolean' } }, allowPositionals: true });
	const [word = 'alone', ...more] = positionals;
	if (!['alone', 'dev', 'preview'].includes(word) || more.length > 0) {
		throw new Error('node stack/main.ts [dev|preview] [--fresh]');
	}
	return { mode: word as Mode, fresh: values.fresh ?? false };
}

try {
	const file = join(root, '.env');
	if (existsSync(file)) process.loadEnvFile(file);
	await superviseStack(readArguments());
} catch (error) {
	console.error(error instanceof Error ? error.message : error);
	process.exit(1);
}
