import { join, Unreadable, viewOf, wordAt, type Picture } from './picture-bytes.ts';

const kept = new Set(['VP8X', 'VP8 ', 'VP8L', 'ALPH', 'ICCP']);
/** Of a VP8X chunk's flags, the two for what is kept: a colour profile and transparency. */
const keptFlags = 0b0011_0000;

/** A WebP that does not move. Source: developers.google.com/speed/webp/docs/riff_container. */
export function readWebp(bytes: Uint8Array): Picture {
	const view = viewOf(bytes);
	const whole = 8 + view.getUint32(4, true);
	if (whole > bytes.length) throw new Unreadable('the file is cut off');
	const parts: Uint8Array[] = [];
	let size: { width: number; height: number } | null = null;
	for (let at = 12; at + 8 <= whole;) {
		const name = wordAt(bytes, at);
		const length = view.getUint32(at + 4, true);
		// chunks are padded to an even length
		const end = at + 8 + length + (length % 2);
		if (end > whole) throw new Unreadable(`${name} is cut off`);
		if (kept.has(name)) parts.push(name === 'VP8X' ? withoutFlags(bytes.slice(at, end)) : bytes.subarray(at, end));
		if (name === 'VP8 ' || name === 'VP8L') {
			if (size) throw new Unreadable('two pictures in one');
			size = name === 'VP8 ' ? lossySize(view, at + 8) : losslessSize(view, at + 8);
		}
		at = end;
	}
	// one that moves has its frames inside of ANMF chunks, and no picture beside them
	if (!size) throw new Unreadable('no still picture in it');
	const head = new Uint8Array(bytes.slice(0, 12));
	viewOf(head).setUint32(4, 4 + parts.reduce((sum, part) => sum + part.length, 0), true);
	return { ...size, clean: join([head, ...parts]) };
}

function withoutFlags(chunk: Uint8Array): Uint8Array {
	chunk[8] = (chunk[8] ?? 0) & keptFlags;
	return chunk;
}

/** RFC 6386 §9.1: three bytes of frame tag, a start code, then 14 bits each. */
function lossySize(view: DataView, at: number) {
	if (view.getUint8(at + 3) !== 0x9d || view.getUint8(at + 4) !== 0x01 || view.getUint8(at + 5) !== 0x2a)
		throw new Unreadable('no key frame');
	return { width: view.getUint16(at + 6, true) & 0x3fff, height: view.getUint16(at + 8, true) & 0x3fff };
}

/** RFC 9649 §3.4: a signature, then 14 bits each, less one. */
function losslessSize(view: DataView, at: number) {
	if (view.getUint8(at) !== 0x2f) throw new Unreadable('no lossless picture');
	const bits = view.getUint32(at + 1, true);
	return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}
