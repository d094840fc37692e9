/** The longest side of a picture that is put up, in pixels: enough for a large avatar on a dense screen. */
const side = 512;

/** The square in the middle of a picture, and how large it is drawn: never larger than it is. */
export function squareOf(width: number, height: number): { x: number; y: number; from: number; to: number } {
	const from = Math.min(width, height);
	return { x: Math.floor((width - from) / 2), y: Math.floor((height - from) / 2), from, to: Math.min(from, side) };
}

/**
 * A picture drawn anew, so that nothing but what is seen of it leaves the device: the square in its middle, as WebP where
 * the browser can write it, else as PNG. A file that the browser cannot read stays as it is: the server says what is wrong.
 */
export async function reencode(file: File): Promise<File> {
	// an SVG is a document, and no picture here
	if (file.type === 'image/svg+xml') return file;
	let bitmap: ImageBitmap;
	try {
		bitmap = await createImageBitmap(file);
	} catch {
		return file;
	}
	const { x, y, from, to } = squareOf(bitmap.width, bitmap.height);
	const canvas = document.createElement('canvas');
	canvas.width = canvas.height = to;
	canvas.getContext('2d')?.drawImage(bitmap, x, y, from, from, 0, 0, to, to);
	bitmap.close();
	const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/webp', 0.9));
	return blob ? new File([blob], 'picture', { type: blob.type }) : file;
}

/** The same for the picture in what a form is about to send, where there is one. */
export async function reencodeIn(form: FormData): Promise<void> {
	const file = form.get('picture');
	if (file instanceof File && file.size > 0) form.set('picture', await reencode(file));
}
