/** What stands above a new key. */
export function ready(name: string): { title: string; description: string } {
	return {
		title: `Key “${name}” is ready`,
		description: 'This is the only time you see it. We keep a hash, so nobody can show it again, us included.'
	};
}
