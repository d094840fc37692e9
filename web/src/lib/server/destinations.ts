/**
 * A page of ours to go to after signing in, from a query anyone may have written. Only an absolute path on this very
 * site counts: nothing with a host, a scheme or a backslash, which browsers read as a slash.
 */
export function safeNext(next: string | null): string | undefined {
	if (!next?.startsWith('/') || /[\\\p{Cc}]/u.test(next)) return undefined;
	const base = 'https://here.invalid';
	const url = URL.canParse(next, base) ? new URL(next, base) : undefined;
	if (url?.origin !== base || url.pathname.startsWith('//')) return undefined;
	return url.pathname + url.search;
}
