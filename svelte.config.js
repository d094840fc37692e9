import adapter from '@sveltejs/adapter-node';

/**
 * SvelteKit 3 takes its options from Vite's plugin; this module keeps them where editors and eslint look for them.
 * @type {import('@sveltejs/kit/vite').Config}
 */
export default {
	adapter: adapter({ out: 'build' }),
	compilerOptions: { runes: true },
	// all styles of a page come with it: a first paint waits for no other request (12 kB as they travel)
	inlineStyleThreshold: 64_000,
	csp: {
		mode: 'auto',
		// connect-src needs the Supabase origin, known only at run time: web/src/hooks.server.ts adds it
		directives: {
			'default-src': ['self'],
			'script-src': ['self'],
			'style-src': ['self'],
			// the one style attribute there is: Kit's announcer of page titles (runtime/components/root.svelte)
			'style-src-attr': ['unsafe-hashes', 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='],
			'img-src': ['self', 'data:'],
			'object-src': ['none'],
			'base-uri': ['none'],
			'form-action': ['self'],
			'frame-ancestors': ['none']
		}
	}
};
