import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root, supabase } from './cli.ts';
import { readJson, writePrivately, type Stack } from './environment.ts';
import type { Sql } from './platform.ts';

/** The hash of each file as it was when it was handed to the database, by its name. */
type Noted = { instance: string; files: Record<string, string> };

const seed = 'seed.sql';

/**
 * Brings the database to the state of supabase/migrations, with the seed, as the role postgres. Asks the CLI only when
 * there is something to do. Returns notices worth showing.
 * Fails when a migration that was applied has been edited or removed since: the CLI would skip it in silence.
 */
export async function migrate(sql: Sql, { folder, secrets, postgresUrl }: Stack): Promise<string[]> {
	const file = join(folder, 'migrations.json');
	const noted = readJson<Noted>(file);
	const before = noted?.instance === secrets.instance ? noted.files : {};
	const now = hashes();
	const applied = await appliedFiles(sql);

	const changed = applied.filter((name) => before[name] !== undefined && before[name] !== now[name]);
	const edited = changed.filter((name) => name !== seed);
	if (edited.length > 0) throw new Error(sentence(edited));
	const notices = changed.includes(seed) ? ['supabase/seed.sql changed after it was run: `--fresh` runs it again'] : [];

	if (Object.keys(now).every((name) => applied.includes(name))) return notices;
	// noted before they are applied: after a crash in between, an applied one is still known by its hash
	const hashed = Object.entries(now).map(([name, hash]) => [
		name,
		applied.includes(name) ? (before[name] ?? hash) : hash
	]);
	writePrivately(file, { instance: secrets.instance, files: Object.fromEntries(hashed) } satisfies Noted);
	await supabase(['db', 'push', `--remote=${postgresUrl}`, '--include-seed', '--yes'], folder);
	return notices;
}

/** The migrations and the seed of the repository, each with the hash of its text. */
function hashes(): Record<string, string> {
	const migrations = join(root, 'supabase/migrations');
	const names = existsSync(migrations) ? readdirSync(migrations).filter((name) => /^\d+_.*\.sql$/.test(name)) : [];
	const files = names.sort().map((name) => [name, join(migrations, name)] as const);
	if (existsSync(join(root, 'supabase', seed))) files.push([seed, join(root, 'supabase', seed)]);
	return Object.fromEntries(
		files.map(([name, path]) => [name, createHash('sha256').update(readFileSync(path)).digest('hex')])
	);
}

/** What the CLI's own history says was applied, as file names. */
async function appliedFiles(sql: Sql): Promise<string[]> {
	const rows = await sql<{ file: string }[]>`
		select version || '_' || name || '.sql' as file from supabase_migrations.schema_migrations
		union all
		select regexp_replace(path, '^.*/', '') from supabase_migrations.seed_files`;
	return rows.map((row) => row.file);
}

function sentence(files: string[]): string {
	const list = files.map((file) => `  supabase/migrations/${file}`).join('\n');
	return `These migrations were edited or removed after they had been applied:\n${list}\nStart with --fresh to make the database anew (its data is lost).`;
}
