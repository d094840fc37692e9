import { join, Unreadable, viewOf, wordAt, type Picture } from './picture-bytes.ts';

/** Frames whose header has height and width: baseline, progressive and the rarer ones. */
const frames = new Set([0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf]);

/**
 * A JPEG. Its metadata are left out, except the colour profile and which side is up: phones turn pictures by that alone.
 * Source: itu.int/rec/T-REC-T.81, annex B; EXIF 2.32 (CIPA DC-008), §4.5.
 */
export function readJpeg(bytes: Uint8Array): Picture {
	const view = viewOf(bytes);
	const parts = [bytes.subarray(0, 2)];
	let size: { width: number; height: number } | null = null;
	let orientation = 1;
	for (let at = 2; ;) {
		if (view.getUint8(at) !== 0xff) throw new Unreadable('a marker is missing');
		const marker = view.getUint8(at + 1);
		if (marker === 0xff) {
			at += 1;
			continue;
		}
		if (marker === 0xd9) {
			if (!size) throw new Unreadable('no picture in it');
			if (orientation !== 1) parts.splice(1, 0, orientationSegment(orientation));
			return { ...size, clean: join([...parts, bytes.subarray(at, at + 2)]) };
		}
		const length = view.getUint16(at + 2);
		let end = at + 2 + length;
		if (length < 2 || end > bytes.length) throw new Unreadable('a segment is cut off');
		const segment = bytes.subarray(at, end);
		if (frames.has(marker)) {
			if (size) throw new Unreadable('two pictures in one');
			size = { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
		}
		if (marker === 0xe1) orientation = orientationIn(segment) ?? orientation;
		if (isKept(marker, segment)) parts.push(segment);
		if (marker === 0xda) {
			const scan = end;
			end = endOfScan(bytes, scan);
			parts.push(bytes.subarray(scan, end));
		}
		at = end;
	}
}

/** Tables, frames and scans; of the applications' segments JFIF without a thumbnail, the colour profile and Adobe's. */
function isKept(marker: number, segment: Uint8Array): boolean {
	if (marker === 0xe0) return segment.length === 18 && wordAt(segment, 4) === 'JFIF';
	if (marker === 0xe2) return wordAt(segment, 4, 11) === 'ICC_PROFILE';
	if (marker === 0xee) return wordAt(segment, 4, 5) === 'Adobe';
	return marker < 0xe0 && marker !== 0xd8;
}

/** Where a scan's data end: at the next marker that is neither a stuffed byte nor a restart. */
function endOfScan(bytes: Uint8Array, from: number): number {
	for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
		const next = bytes[at + 1] ?? 0;
		if (next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7)) return at;
	}
	throw new Unreadable('the picture is cut off');
}

/** EXIF's tag 0x0112, 1 to 8, in the first directory of a segment; null where there is none. */
function orientationIn(segment: Uint8Array): number | null {
	if (wordAt(segment, 4, 6) !== 'Exif\0\0' || segment.length < 18) return null;
	const view = viewOf(segment);
	const start = 10;
	const little = wordAt(segment, start, 2) === 'II';
	const directory = start + view.getUint32(start + 4, little);
	if (directory + 2 > segment.length) return null;
	const entries = view.getUint16(directory, little);
	for (let entry = 0; entry < entries; entry++) {
		const at = directory + 2 + entry * 12;
		if (at + 12 > segment.length) return null;
		if (view.getUint16(at, little) !== 0x0112) continue;
		const value = view.getUint16(at + 8, little);
		return value >= 1 && value <= 8 ? value : null;
	}
	return null;
}

/** An EXIF segment that says nothing but which side is up. */
function orientationSegment(orientation: number): Uint8Array {
	// marker, length, "Exif", big-endian TIFF header, one entry: tag 0x0112, a short, one of it; no further directory
	const words = [0xffe1, 34, 0x4578, 0x6966, 0, 0x4d4d, 42, 0, 8, 1, 0x0112, 3, 0, 1, orientation, 0, 0, 0];
	const segment = new Uint8Array(words.length * 2);
	const view = viewOf(segment);
	for (const [place, word] of words.entries()) view.setUint16(place * 2, word);
	return segment;
}
