import adapter from '@sveltejs/adapter-node';

/** SvelteKit 3 takes its options from Vite's plugin; this module keeps them where editors and eslint look for them. */
export default {
	adapter: adapter({ out: 'build' }),
	compilerOptions: { runes: true },
	csp: {
		mode: 'auto',
		// connect-src needs the Supabase origin, known only at run time: web/src/hooks.server.ts adds it
		directives: {
			'default-src': ['self'],
			'script-src': ['self'],
			'style-src': ['self'],
			'img-src': ['self', 'data:'],
			'object-src': ['none'],
			'base-uri': ['none'],
			'form-action': ['self'],
			'frame-ancestors': ['none']
		}
	}
};
