import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './cli.ts';

type Value = string | number | boolean | string[];

/** supabase/config.toml, so that what is configured for hosted is what runs here. A value by section and key. */
export type Config = { get: <T extends Value>(section: string, key: string, otherwise: T) => T };

/** Reads the file; every value is its default when the file or the key is missing. */
export function readConfig(file = join(root, 'supabase/config.toml')): Config {
	const values = existsSync(file) ? parse(readFileSync(file, 'utf8')) : new Map<string, Value>();
	return {
		get<T extends Value>(section: string, key: string, otherwise: T): T {
			const value = values.get(`${section}.${key}`);
			return typeof value === typeof otherwise ? (value as T) : otherwise;
		}
	};
}

/** The part of TOML that config.toml uses and the stack asks for: sections with strings, numbers, booleans, string lists. */
function parse(text: string): Map<string, Value> {
	const values = new Map<string, Value>();
	let section = '';
	for (const line of text.split('\n')) {
		const heading = /^\s*\[([^\][]+)\]/.exec(line);
		if (heading?.[1]) section = heading[1].trim();
		const pair = /^\s*([\w-]+)\s*=\s*("(?:[^"\\]|\\.)*"|\[[^\]]*\]|[\w.+-]+)/.exec(line);
		if (!pair?.[1] || !pair[2]) continue;
		try {
			values.set(`${section}.${pair[1]}`, JSON.parse(pair[2].replace(/,\s*\]$/, ']')) as Value);
		} catch {
			continue; // dates and the like: nothing the stack asks for
		}
	}
	return values;
}
