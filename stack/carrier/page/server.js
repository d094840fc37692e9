// What the page asks of the carrier.

/**
 * Gets, or with a body posts, and answers the JSON. Throws an Error with a sentence for people.
 * @param {string} path
 * @param {unknown} [body]
 */
export async function ask(path, body) {
	const init = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
	const response = await fetch(path, init).catch(() => {
		throw new Error('The carrier does not answer. It may be restarting; nothing was sent.');
	});
	const answer = await response.json();
	if (!response.ok) throw new Error(answer.message);
	return answer;
}

/**
 * Where the carrier keeps a handset.
 * @param {string} number
 */
export const pathOf = (number, rest = '') => `/handsets/${encodeURIComponent(number)}${rest}`;

/** Deletes what stands there. Throws an Error with a sentence for people. */
export async function end(path) {
	await fetch(path, { method: 'DELETE' }).catch(() => {
		throw new Error('The carrier does not answer. It may be restarting; nothing was changed.');
	});
}
