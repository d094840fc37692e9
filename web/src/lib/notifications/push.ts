import { worker } from './device.ts';

/** Whether this browser has a subscription at its push service. */
export async function listens(): Promise<boolean> {
	return (await subscription()) !== null;
}

/**
 * Subscribes this browser at its push service and tells our server, or ends both. False: one of them did not take it.
 * @param here the page whose actions keep it
 */
export async function listen(wanted: boolean, key: string, here: string): Promise<boolean> {
	try {
		const known = await subscription();
		if (!wanted) {
			if (!known) return true;
			const told = await tell(`${here}?/unsubscribe`, { endpoint: known.endpoint });
			return told && (await known.unsubscribe());
		}
		const registration = await worker();
		const made =
			known ??
			(await registration?.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key })) ??
			null;
		const { endpoint, keys } = made?.toJSON() ?? {};
		if (!endpoint || !keys) return false;
		return await tell(`${here}?/subscribe`, { endpoint, p256dh: keys.p256dh ?? '', auth: keys.auth ?? '' });
	} catch {
		// the push service, or ours, is away, or the browser has none: nothing was promised
		return false;
	}
}

async function subscription(): Promise<PushSubscription | null> {
	const registration = await worker(1000);
	return (await registration?.pushManager?.getSubscription()) ?? null;
}

async function tell(action: string, fields: Record<string, string>): Promise<boolean> {
	const response = await fetch(action, {
		method: 'POST',
		headers: { accept: 'application/json', 'x-sveltekit-action': 'true' },
		body: new URLSearchParams(fields)
	});
	const { type } = (await response.json()) as { type?: string };
	return type === 'success';
}
