import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every file that anything of a stack has written its words to. Fails where there is no stack in this folder, or no app in it. */
export function logsOf(folder: string): { name: string; text: string }[] {
	const logs = join(folder, 'logs');
	const written = readdirSync(logs).map((name) => ({ name, text: readFileSync(join(logs, name), 'utf8') }));
	if (!written.some(({ name, text }) => name === 'app.log' && text))
		throw new Error(`${logs} has no words of the app.`);
	return written;
}
