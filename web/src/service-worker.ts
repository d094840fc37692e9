/// <reference lib="webworker" />
/**
 * Lets notifications come while their tab is in the background, and leads to what they are about. It keeps no copy of
 * anything and answers no requests: pages hold what only one person may see.
 */
const worker = self as unknown as ServiceWorkerGlobalScope;

worker.addEventListener('install', () => void worker.skipWaiting());
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener('notificationclick', (event) => {
	event.notification.close();
	const { url } = event.notification.data as { url: string };
	event.waitUntil(lead(url));
});

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
