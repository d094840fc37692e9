import { join, Unreadable, viewOf, wordAt, type Picture } from './picture-bytes.ts';

/** A GIF, still or moving; what hangs on behind its end and what is written in comments is left out. Source: w3.org/Graphics/GIF/spec-gif89a.txt. */
export function readGif(bytes: Uint8Array): Picture {
	if (!/^GIF8[79]a$/.test(wordAt(bytes, 0, 6))) throw new Unreadable('no GIF');
	const view = viewOf(bytes);
	let at = 13 + tableLength(view.getUint8(10));
	const parts = [bytes.subarray(0, at)];
	for (let frames = 0; ;) {
		const start = at;
		const block = view.getUint8(at);
		if (block === 0x3b) {
			if (frames === 0) throw new Unreadable('no picture in it');
			parts.push(bytes.subarray(at, at + 1));
			return { width: view.getUint16(6, true), height: view.getUint16(8, true), clean: join(parts) };
		}
		if (block === 0x2c) {
			frames += 1;
			// the code size stands before the data
			at = endOfBlocks(view, at + 10 + tableLength(view.getUint8(at + 9)) + 1);
			parts.push(bytes.subarray(start, at));
		} else if (block === 0x21) {
			const label = view.getUint8(at + 1);
			at = endOfBlocks(view, at + 2);
			// how long a frame stands; of the applications' blocks, only how often it begins anew
			const loops = label === 0xff && /^(NETSCAPE2\.0|ANIMEXTS1\.0)$/.test(wordAt(bytes, start + 3, 11));
			if (label === 0xf9 || loops) parts.push(bytes.subarray(start, at));
		} else {
			throw new Unreadable('a block of no kind');
		}
	}
}

/** Bytes of the colour table that the packed flags announce. */
function tableLength(flags: number): number {
	return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

/** Where a chain of blocks ends, each with its length before it. */
function endOfBlocks(view: DataView, from: number): number {
	let at = from;
	for (;;) {
		const length = view.getUint8(at);
		at += 1 + length;
		if (length === 0) return at;
	}
}
