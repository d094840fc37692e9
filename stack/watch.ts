import { watch } from 'node:fs';
import { join, sep } from 'node:path';
import { root } from './cli.ts';
import type { RunningPart } from './part.ts';

/** Starts the parts again whose files change. Returns what ends the watching. */
export function watchFiles(parts: RunningPart[], notice: (text: string) => void): () => void {
	const timers = new Map<RunningPart, NodeJS.Timeout>();
	const look = (folder: string) =>
		watch(join(root, folder), { recursive: true }, (_, name) => {
			if (!name || !/\.(ts|js|json|sql|toml)$/.test(name)) return;
			const changed = `${folder}/${name.split(sep).join('/')}`;
			for (const running of parts) {
				const { name: part, watch: watched = [] } = running.part;
				if (!watched.some((path) => changed === path || changed.startsWith(`${path}/`))) continue;
				clearTimeout(timers.get(running));
				// an editor writes a file in several steps
				const again = () => {
					notice(`${changed} changed: ${part} is started again`);
					running.restart().catch((error: unknown) => notice(String(error)));
				};
				timers.set(running, setTimeout(again, 150));
			}
		});
	const watchers = ['supabase', 'stack'].map(look);
	return () => {
		for (const watcher of watchers) watcher.close();
		for (const timer of timers.values()) clearTimeout(timer);
	};
}
