/// <reference lib="webworker" />
/**
 * Lets notifications come while their tab is in the background or none is open, and leads to what they are about. It keeps no
 * copy of anything and answers no requests: pages hold what only one person may see.
 */
import type { BackgroundWords } from '#core/background-words.ts';

const worker = self as unknown as ServiceWorkerGlobalScope;

worker.addEventListener('install', () => void worker.skipWaiting());
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener('notificationclick', (event) => {
	event.notification.close();
	const { url } = event.notification.data as { url: string };
	event.waitUntil(lead(url));
});

worker.addEventListener('push', (event) => {
	if (event.data) event.waitUntil(tell(event.data.json() as BackgroundWords));
});

/** Shows what our server says by way of the push service, unless a page of ours is in front or has said the same. */
async function tell({ tag, id, title, body, url }: BackgroundWords): Promise<void> {
	const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
	if (pages.some(({ focused }) => focused)) return;
	const shown = await worker.registration.getNotifications({ tag });
	if (shown.some(({ data, body: said }) => (data as { id?: string }).id === id || (body !== '' && said === body)))
		return;
	// `renotify` is not in every list of types yet
	const options: NotificationOptions & { renotify: boolean } = {
		body,
		tag,
		data: { url, id },
		icon: '/favicon.svg',
		renotify: true
	};
	await worker.registration.showNotification(title, options);
}

/** To a page of ours that is open, else to a new one. */
async function lead(url: string): Promise<void> {
	const pages = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
	const there = pages.find((page) => new URL(page.url).pathname === url);
	if (there) return void (await there.focus());
	const inbox = pages.find((page) => /^\/[^/]+\/inbox/.test(new URL(page.url).pathname));
	if (!inbox) return void (await worker.clients.openWindow(url));
	await inbox.focus();
	inbox.postMessage({ kind: 'open', url });
}
