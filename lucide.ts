import type { Plugin } from 'vite';

/** What an icon's module holds: its elements, each with its attributes. */
type Drawing = { node: readonly [tag: string, attributes: Readonly<Record<string, string | number>>][] };

/**
 * Lucide's icons as plain markup that takes no attributes: app.css says how they look. The library's own component builds
 * each from data as it runs, for attributes that we never set, which costs every page 1 kB of script.
 */
export function plainIcons(): Plugin {
	return {
		name: 'plain-icons',
		// before the compiler of Svelte
		enforce: 'pre',
		transform: {
			filter: { id: /@lucide[\\/]svelte[\\/]dist[\\/]icons[\\/][^\\/]+\.svelte$/ },
			handler: (code) => ({ code: plainIcon(code), map: null })
		}
	};
}

/** The markup of an icon from the library's module. Throws on a module that looks otherwise. */
export function plainIcon(code: string): string {
	const data = /^const iconData = (\{.*\});$/m.exec(code)?.[1];
	if (!data) throw new Error('Lucide’s icons look different now: adapt lucide.ts to them');
	const { node } = JSON.parse(data) as Drawing;
	const elements = node.map(([tag, attributes]) => {
		const pairs = Object.entries(attributes).map(([name, value]) => `${name}="${value}"`);
		return `<${tag} ${pairs.join(' ')} />`;
	});
	return (
		'<svg class="lucide" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" ' +
		`stroke-linejoin="round" aria-hidden="true">${elements.join('')}</svg>`
	);
}
