/** Words; not what is sent event by event, which would wait for more. */
const compressible = /^(?:text\/(?!event-stream)|application\/(?:[\w.+-]+\+)?(?:json|xml|javascript)\b|image\/svg)/;

/** What fits into one packet anyway, in bytes. */
const small = 1400;

/**
 * An answer as it travels: words are compressed where the browser takes that and nobody did it before; pictures and files stay
 * what they are. How long an answer is could tell what stands beside words that somebody else chose (BREACH); who is signed in
 * goes along with another site's request only where it leads the whole page here (`SameSite=Lax`), in plain sight.
 */
export function compress(asked: Headers, answer: Response): Response {
	const { body, headers, status, statusText } = answer;
	if (!body || !compressible.test(headers.get('content-type') ?? '')) return answer;
	headers.append('vary', 'accept-encoding');
	const takesIt = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(asked.get('accept-encoding') ?? '');
	const isDone = headers.has('content-encoding') || /no-transform/.test(headers.get('cache-control') ?? '');
	if (!takesIt || isDone || Number(headers.get('content-length') ?? Infinity) < small) return answer;

	headers.set('content-encoding', 'gzip');
	headers.delete('content-length');
	return new Response(body.pipeThrough(new CompressionStream('gzip')), { status, statusText, headers });
}
