/**
 * Pieces as the body of an answer: the next one is made when the last one was taken, none after nobody wants more. Where
 * making one fails the download fails, because half a file must not look like a whole one; `broke` hears why.
 */
export function bodyOf(pieces: AsyncGenerator<string>, broke: (cause: unknown) => void): ReadableStream<Uint8Array> {
	const encoder = new TextEncoder();
	return new ReadableStream({
		async pull(controller) {
			try {
				const { done, value } = await pieces.next();
				if (done) controller.close();
				else controller.enqueue(encoder.encode(value));
			} catch (cause) {
				broke(cause);
				controller.error(cause);
			}
		},
		async cancel() {
			await pieces.return(undefined);
		}
	});
}
