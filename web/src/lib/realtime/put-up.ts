import type { Project } from './rest.ts';
import { SessionEnded, Unreachable, type SessionToken } from './session-token.ts';

/** Storage did not take the file, and would not take it another time. */
export class PutRefused extends Error {
	override readonly name = 'PutRefused';
}

type Options = {
	project: Project;
	token: SessionToken;
	/** Told how much has left the device, from 0 to 1. */
	onprogress: (part: number) => void;
	signal: AbortSignal;
};

/**
 * Puts a file into Storage as the person who is signed in, at a path that they may write to. What is there already is what
 * an attempt before this one put there. By XMLHttpRequest: `fetch` does not tell how far an upload is.
 * Throws `SessionEnded`, `Unreachable`, `PutRefused`, and what the signal was aborted with.
 */
export async function putUp(bucket: string, path: string, file: Blob, options: Options): Promise<void> {
	const { project, token, onprogress, signal } = options;
	const authorization = `Bearer ${await token.get()}`;
	signal.throwIfAborted();
	const { status, text } = await new Promise<{ status: number; text: string }>((done, fail) => {
		const request = new XMLHttpRequest();
		request.open('POST', `${project.url}/storage/v1/object/${bucket}/${path}`);
		request.setRequestHeader('apikey', project.key);
		request.setRequestHeader('authorization', authorization);
		// what it is, its bytes say: the worker names it
		request.setRequestHeader('content-type', 'application/octet-stream');
		request.upload.onprogress = ({ loaded, total }) => onprogress(total > 0 ? loaded / total : 0);
		request.onload = () => done({ status: request.status, text: request.responseText });
		request.onerror = request.ontimeout = () => fail(new Unreachable('no answer from Storage'));
		signal.addEventListener('abort', () => {
			request.abort();
			fail(signal.reason as Error);
		});
		request.send(file);
	});
	if (status < 300 || status === 409 || /"statusCode":\s*"409"/.test(text)) return;
	if (status === 401) {
		await token.renew();
		throw new SessionEnded('Storage was answered with 401');
	}
	if (status >= 500 || status === 429) throw new Unreachable(`Storage answered ${status}`);
	throw new PutRefused(`Storage answered ${status}`);
}
