import Monitor from '@lucide/svelte/icons/monitor';
import Moon from '@lucide/svelte/icons/moon';
import Sun from '@lucide/svelte/icons/sun';

export type Theme = 'system' | 'light' | 'dark';

export const themes: readonly { value: Theme; label: string; icon: typeof Sun }[] = [
	{ value: 'system', label: 'As the system', icon: Monitor },
	{ value: 'light', label: 'Light', icon: Sun },
	{ value: 'dark', label: 'Dark', icon: Moon }
];

/** The theme this page shows, as it was chosen on this device. */
export function shownTheme(): Theme {
	const { theme } = document.documentElement.dataset;
	return theme === 'light' || theme === 'dark' ? theme : 'system';
}

/** Shows a theme at once and has the server remember it on this device. */
export async function chooseTheme(theme: Theme): Promise<void> {
	const { dataset } = document.documentElement;
	if (theme === 'system') delete dataset.theme;
	else dataset.theme = theme;
	await fetch('/theme', { method: 'POST', body: new URLSearchParams({ theme }), redirect: 'manual' });
}
