import { pauseBefore } from '#lib/realtime/connection.ts';

/**
 * Has Kit ask for what a page shows until somebody answers. It would give up where there is a network that leads nowhere, and
 * the browser would put its own error page in place of the inbox and of what is being written there. `onwaiting` hears
 * whether a page is waited for. Returns how to stop.
 */
export function askPatiently(onwaiting: (waiting: boolean) => void): () => void {
	const ask = window.fetch;
	let unanswered = 0;
	const patient: typeof fetch = async (...request) => {
		try {
			return await ask(...request);
		} catch (cause) {
			if (!isPage(request[0])) throw cause;
			onwaiting(++unanswered > 0);
			try {
				return await again(() => ask(...request));
			} finally {
				onwaiting(--unanswered > 0);
			}
		}
	};
	window.fetch = patient;
	return () => {
		if (window.fetch === patient) window.fetch = ask;
	};
}

/** The address under which Kit fetches what a page's `load` answers. */
function isPage(asked: RequestInfo | URL): boolean {
	return typeof asked === 'string' && new URL(asked, location.href).pathname.endsWith('/__data.json');
}

async function again(ask: () => Promise<Response>): Promise<Response> {
	for (let tries = 1; ; tries++) {
		await new Promise((resolve) => setTimeout(resolve, pauseBefore(tries)));
		try {
			return await ask();
		} catch {
			// no connection yet: what else can go wrong has a status
		}
	}
}
