/** How this device tells its person: kept by the browser, as permission is. Where storage is closed, the defaults hold. */
export type Choice = 'desktop' | 'sound';

const nameOf = (choice: Choice | 'asked') => `notifications:${choice}`;

/** Both are on from the start; desktop notifications besides need the browser's permission. */
export function isOn(choice: Choice): boolean {
	return read(nameOf(choice)) !== 'off';
}

export function turn(choice: Choice, on: boolean): void {
	write(nameOf(choice), on ? null : 'off');
}

/** Whether the person has said "not now" to our own question. */
export function wasAsked(): boolean {
	return read(nameOf('asked')) !== null;
}

export function rememberAsked(): void {
	write(nameOf('asked'), 'yes');
}

/** What the browser says: `unsupported` where it knows no notifications at all (or only those of installed apps). */
export function permission(): NotificationPermission | 'unsupported' {
	return 'Notification' in globalThis && 'serviceWorker' in navigator ? Notification.permission : 'unsupported';
}

/** Asks the browser's own question. Only ever from a press of a button. */
export async function askPermission(): Promise<NotificationPermission | 'unsupported'> {
	if (permission() === 'default') await Notification.requestPermission();
	return permission();
}

/** The worker that shows notifications and hears presses on them; null where none became active in time. */
export async function worker(patience = 3000): Promise<ServiceWorkerRegistration | null> {
	if (!('serviceWorker' in navigator)) return null;
	const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), patience));
	return Promise.race([navigator.serviceWorker.ready, late]);
}

export type Words = { title: string; body: string; tag: string; url: string };

/** Shows a desktop notification; one of the same tag replaces the one before. False: nothing can be shown here. */
export async function show({ title, body, tag, url }: Words): Promise<boolean> {
	if (permission() !== 'granted') return false;
	const registration = await worker();
	if (!registration) return false;
	// our own tone is what sounds; `renotify` is not in every list of types yet
	const options: NotificationOptions & { renotify: boolean } = {
		body,
		tag,
		data: { url },
		icon: '/favicon.svg',
		silent: true,
		renotify: true
	};
	await registration.showNotification(title, options);
	return true;
}

/** Closes what is shown under these tags: it was read, here or elsewhere. */
export async function close(tags: ReadonlySet<string>): Promise<void> {
	if (tags.size === 0 || permission() !== 'granted') return;
	const registration = await worker();
	for (const shown of (await registration?.getNotifications()) ?? []) if (tags.has(shown.tag)) shown.close();
}

function read(name: string): string | null {
	try {
		return localStorage.getItem(name);
	} catch {
		// SecurityError: storage is closed to us
		return null;
	}
}

function write(name: string, value: string | null): void {
	try {
		if (value === null) localStorage.removeItem(name);
		else localStorage.setItem(name, value);
	} catch {
		// full or closed: it holds for the defaults
	}
}
