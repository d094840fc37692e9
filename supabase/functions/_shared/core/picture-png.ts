import { join, Unreadable, viewOf, wordAt, type Picture } from './picture-bytes.ts';

/** Chunks that change how the picture looks. Texts, times, EXIF and animations are left out. */
const kept = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'sBIT', 'bKGD', 'pHYs']);

/** A PNG. Source: w3.org/TR/png-3, §5 datastream structure. */
export function readPng(bytes: Uint8Array): Picture {
	const view = viewOf(bytes);
	const parts = [bytes.subarray(0, 8)];
	if (wordAt(bytes, 12) !== 'IHDR') throw new Unreadable('a PNG begins with its header');
	for (let at = 8, hasData = false; ;) {
		const length = view.getUint32(at);
		const name = wordAt(bytes, at + 4);
		// length, name, data, checksum
		const end = at + 12 + length;
		if (end > bytes.length) throw new Unreadable(`${name} is cut off`);
		if (kept.has(name)) parts.push(bytes.subarray(at, end));
		hasData ||= name === 'IDAT';
		at = end;
		if (name !== 'IEND') continue;
		if (!hasData) throw new Unreadable('no picture in it');
		return { width: view.getUint32(16), height: view.getUint32(20), clean: join(parts) };
	}
}
