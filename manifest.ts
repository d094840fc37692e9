import type { Plugin } from 'vite';

/** What Kit's table of pages is made of: a line for each, and a list of files by number. */
const line = /^\s*"([^"]+)": (\[.*\]),?$/gm;
const file = /\(\) => import\('\.\/nodes\/(\d+)'\)/g;

/**
 * Every page brings a table of all pages along. Those that load no script of ours are left out of it, by their routes: a link
 * that leads there is an ordinary one.
 */
export function shortManifest(withoutScripts: RegExp): Plugin {
	return {
		name: 'short-manifest',
		transform: {
			filter: { id: /generated[\\/]build[\\/]client-optimized[\\/]app\.js$/ },
			handler(code) {
				// the outermost layout and error page belong to every page
				const needed = new Set(['0', '1']);
				const routes = code.replace(line, (whole, route: string, files: string) => {
					if (withoutScripts.test(route)) return '';
					for (const number of files.match(/\d+/g) ?? []) needed.add(number);
					return whole;
				});
				if (routes === code) throw new Error('Kit writes its table of pages in another way than before.');
				return {
					code: routes.replace(file, (load, number: string) => (needed.has(number) ? load : 'null')),
					map: null
				};
			}
		}
	};
}
