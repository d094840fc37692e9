import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const ours = fileURLToPath(new URL('web/src/plain-data.ts', import.meta.url));

/** Browsers get a tenth of devalue: what our pages are told needs no more. */
export function plainData(): Plugin {
	return {
		name: 'plain-data',
		apply: 'build',
		// before Vite finds the package
		enforce: 'pre',
		applyToEnvironment: ({ name }) => name === 'client',
		resolveId: { filter: { id: /^devalue$/ }, handler: () => ours }
	};
}
