import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { link, mkdir, open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { tooLarge } from './refusals.ts';

export type Received = { version: string; size: number; eTag: string };

/**
 * The contents, one file for each version of an object, named by a UUID of ours: no name that anybody chose is ever part
 * of a path. A file is whole before a row names it and goes after no row does, so a kill between the two leaves a file
 * that nobody names, which `sweep` removes at the next start; never a row without its file.
 */
export function fileStore(folder: string) {
	mkdirSync(folder, { recursive: true });
	const pathOf = (version: string) => {
		if (!/^[0-9a-f-]{36}$/.test(version)) throw new Error(`not a version: ${version}`);
		return join(folder, version.slice(0, 2), version);
	};

	return {
		/** Writes a stream of bytes to a new file, at most `limit` of them. @throws StorageRefusal EntityTooLarge */
		async receive(body: AsyncIterable<Uint8Array>, limit: number): Promise<Received> {
			const version = randomUUID();
			const path = pathOf(version);
			await mkdir(join(path, '..'), { recursive: true });
			const file = await open(path, 'wx', 0o600);
			const hash = createHash('md5');
			let size = 0;
			try {
				for await (const chunk of body) {
					size += chunk.length;
					if (size > limit) throw tooLarge();
					hash.update(chunk);
					await file.writeFile(chunk);
				}
				await file.sync();
			} catch (error) {
				await rm(path, { force: true });
				throw error;
			} finally {
				await file.close();
			}
			return { version, size, eTag: `"${hash.digest('hex')}"` };
		},
		/** A copy under a version of its own; the bytes are shared, as no file ever changes. */
		async copy(version: string): Promise<string> {
			const copy = randomUUID();
			await mkdir(join(pathOf(copy), '..'), { recursive: true });
			await link(pathOf(version), pathOf(copy));
			return copy;
		},
		/** Null when there is none. An open file can be read to its end although it is removed meanwhile. */
		async open(version: string): Promise<FileHandle | null> {
			try {
				return await open(pathOf(version), 'r');
			} catch (error) {
				if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
				throw error;
			}
		},
		async remove(versions: string[]): Promise<void> {
			await Promise.all(versions.map((version) => rm(pathOf(version), { force: true })));
		},
		/** Removes every file that `named` does not name. Only while nothing is being uploaded. */
		async sweep(named: (versions: string[]) => Promise<Set<string>>): Promise<number> {
			let removed = 0;
			for (const entry of await readdir(folder)) {
				const versions = (await readdir(join(folder, entry))).filter((name) => /^[0-9a-f-]{36}$/.test(name));
				const known = await named(versions);
				const orphans = versions.filter((version) => !known.has(version));
				await this.remove(orphans);
				removed += orphans.length;
			}
			return removed;
		}
	};
}

export type FileStore = ReturnType<typeof fileStore>;
