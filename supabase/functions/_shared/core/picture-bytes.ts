/** Reading and writing the containers that pictures come in. */

/**
 * A picture taken apart: its size in pixels, and its bytes written anew without what is not the picture itself (EXIF, GPS,
 * XMP, comments, thumbnails, whatever hangs on behind the end).
 */
export type Picture = { width: number; height: number; clean: Uint8Array<ArrayBuffer> };

/** Bytes that are no whole picture of the kind they claim to be. */
export class Unreadable extends Error {
	override readonly name = 'Unreadable';
}

export function viewOf(bytes: Uint8Array): DataView {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Four or so letters that name a part. */
export function wordAt(bytes: Uint8Array, at: number, length = 4): string {
	return String.fromCharCode(...bytes.subarray(at, at + length));
}

export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
	const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}
