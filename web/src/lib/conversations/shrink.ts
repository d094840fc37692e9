import { isCarried, mediaLimits } from '#core/media-types.ts';

/** Longest sides that are tried, in pixels, and how well each is written. */
const tries: readonly [side: number, quality: number][] = [
	[2048, 0.85],
	[1600, 0.8],
	[1600, 0.65],
	[1200, 0.65],
	[900, 0.6],
	[640, 0.5]
];

/** How large a picture is drawn whose longest side may have so many pixels: never larger than it is. */
export function sizeWithin(width: number, height: number, side: number): { width: number; height: number } {
	const scale = Math.min(1, side / Math.max(width, height));
	return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/**
 * A picture as carriers pass it on: a JPEG of 500 kB at most. One that is small enough and of a kind they take stays as it
 * is, and so does what moves, and what the browser cannot read: the worker says what is wrong with that.
 */
export async function shrink(file: File): Promise<File> {
	if (!file.type.startsWith('image/') || file.type === 'image/svg+xml' || file.type === 'image/gif') return file;
	if (file.size <= mediaLimits.picture && isCarried(file.type)) return file;
	let bitmap: ImageBitmap;
	try {
		bitmap = await createImageBitmap(file);
	} catch {
		return file;
	}
	const canvas = document.createElement('canvas');
	const context = canvas.getContext('2d');
	let best: Blob | null = null;
	for (const [side, quality] of tries) {
		Object.assign(canvas, sizeWithin(bitmap.width, bitmap.height, side));
		if (!context) break;
		// a JPEG has no transparency: what lies beneath is white, as on the page
		context.fillStyle = '#fff';
		context.fillRect(0, 0, canvas.width, canvas.height);
		context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
		best = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', quality));
		if (best && best.size <= mediaLimits.picture) break;
	}
	bitmap.close();
	if (!best || (best.size >= file.size && isCarried(file.type))) return file;
	return new File([best], file.name.replace(/\.[^.]*$/, '') + '.jpg', { type: 'image/jpeg' });
}
