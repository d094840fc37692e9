/**
 * How long the answer to a refresh is kept, in ms: for requests that were sent with the cookie from before it, and for
 * the next one where the first gave up waiting.
 */
const keptFor = 60_000;

/**
 * A `fetch` that lets a refresh token be used once, however many requests of one browser arrive with it at the same
 * moment: the first asks Auth, the others get a copy of its answer. A second use would count as theft
 * (https://supabase.com/docs/guides/auth/sessions: reuse detection) and end the session.
 */
export function shareRefreshes(send: typeof fetch): typeof fetch {
	const answers = new Map<string, Promise<Response>>();

	return async (input, init) => {
		const token = refreshTokenOf(input, init);
		if (!token) return send(input, init);

		let answer = answers.get(token);
		if (!answer) {
			answer = send(input, init);
			answers.set(token, answer);
			answer.then(
				(response) => (response.ok ? setTimeout(() => answers.delete(token), keptFor).unref() : answers.delete(token)),
				() => answers.delete(token)
			);
		}
		return (await answer).clone();
	};
}

function refreshTokenOf(input: RequestInfo | URL, init: RequestInit | undefined): string | undefined {
	const address = input instanceof Request ? input.url : String(input);
	if (!address.includes('/token?grant_type=refresh_token') || typeof init?.body !== 'string') return undefined;
	const { refresh_token: token }: { refresh_token?: string } = JSON.parse(init.body);
	return token;
}
