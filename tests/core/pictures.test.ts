import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inspectPicture, pictureTypeOf, pictureUrl, type Passed } from '#core/pictures.ts';
import { jpeg, jpegWithPlace, losslessWebp, place, png, segment, svg, webp } from '../support/pictures.ts';

const pictures = { 'image/png': png, 'image/jpeg': jpeg, 'image/webp': webp };
const passed = (bytes: Uint8Array, type: string): Passed => {
	const seen = inspectPicture(bytes, type);
	if (seen.refused !== undefined) throw new Error(seen.refused);
	return seen;
};
const refusal = (bytes: Uint8Array, type: string) => inspectPicture(bytes, type).refused;
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

/** A PNG chunk; checksums are not what this is about. */
function chunk(name: string, content: Buffer): Buffer {
	const length = Buffer.alloc(4);
	length.writeUInt32BE(content.length);
	return Buffer.concat([length, Buffer.from(name), content, Buffer.alloc(4)]);
}

/** A WebP with one more chunk at its end, and the size of the whole set right. */
function withChunk(bytes: Buffer, name: string, content: Buffer): Buffer {
	const head = Buffer.alloc(8);
	head.write(name);
	head.writeUInt32LE(content.length, 4);
	const whole = Buffer.concat([bytes, head, content, Buffer.alloc(content.length % 2)]);
	whole.writeUInt32LE(whole.length - 8, 4);
	return whole;
}

describe('R6.2 a picture that is one', () => {
	test.each(Object.entries(pictures))('passes unchanged, with its size: %s', (type, bytes) => {
		expect(passed(bytes, type)).toMatchObject({ type, changed: false, picture: { width: 6, height: 4 } });
	});

	test('also as a lossless WebP', () => {
		expect(passed(losslessWebp, 'image/webp').picture).toMatchObject({ width: 6, height: 4 });
	});
});

describe('R6.2 what is not the picture itself is left out', () => {
	test('of a JPEG: EXIF, comments, XMP and what hangs on behind; which side is up stays', () => {
		const comment = segment(0xfe, Buffer.from(place));
		const xmp = segment(0xe1, Buffer.from(`http://ns.adobe.com/xap/1.0/\0${place}`));
		const dirty = Buffer.concat([
			jpegWithPlace.subarray(0, 2),
			comment,
			xmp,
			jpegWithPlace.subarray(2),
			Buffer.from(place)
		]);
		const { picture, changed } = passed(dirty, 'image/jpeg');
		expect(changed).toBe(true);
		expect(textOf(picture.clean)).not.toContain(place);
		expect(picture.clean.length).toBe(jpeg.length + 36);
		// cleaning what is clean changes nothing
		expect(passed(picture.clean, 'image/jpeg').changed).toBe(false);
	});

	test('of a PNG: texts, EXIF and what hangs on behind', () => {
		const end = png.length - 12;
		const dirty = Buffer.concat([
			png.subarray(0, 33),
			chunk('tEXt', Buffer.from(place)),
			chunk('eXIf', Buffer.from(place)),
			png.subarray(33, end),
			chunk('acTL', Buffer.alloc(8)),
			png.subarray(end),
			Buffer.from(`<script>${place}</script>`)
		]);
		expect(Buffer.from(passed(dirty, 'image/png').picture.clean)).toEqual(png);
	});

	test('of a WebP: EXIF and XMP, and the flags that announce them', () => {
		const dirty = withChunk(withChunk(webp, 'EXIF', Buffer.from(place)), 'XMP ', Buffer.from(place));
		dirty[20] = (dirty[20] ?? 0) | 0b1100;
		expect(Buffer.from(passed(Buffer.concat([dirty, Buffer.from(place)]), 'image/webp').picture.clean)).toEqual(webp);
	});
});

describe('R6.2 what is refused, and why', () => {
	test('an SVG, whatever it calls itself', () => {
		for (const type of ['image/svg+xml', 'image/png', 'image/webp']) {
			expect(refusal(svg, type)).toBe('picture_type_unsupported');
		}
	});

	test('one kind under the name of another', () => {
		expect(refusal(png, 'image/jpeg')).toBe('picture_type_unsupported');
		expect(refusal(jpeg, 'image/webp')).toBe('picture_type_unsupported');
	});

	test('more than 2 MB', () => {
		expect(refusal(Buffer.concat([png, Buffer.alloc(2 * 1024 * 1024)]), 'image/png')).toBe('picture_too_large');
	});

	test('more than 4,096 pixels wide or high, or none', () => {
		const sized = (width: number, height: number) => {
			const bytes = Buffer.from(png);
			bytes.writeUInt32BE(width, 16);
			bytes.writeUInt32BE(height, 20);
			return bytes;
		};
		expect(refusal(sized(4096, 4096), 'image/png')).toBeUndefined();
		expect(refusal(sized(4097, 1), 'image/png')).toBe('picture_dimensions');
		expect(refusal(sized(1, 100_000), 'image/png')).toBe('picture_dimensions');
		expect(refusal(sized(0, 4), 'image/png')).toBe('picture_unreadable');
	});

	test('a WebP that moves: it has no picture of its own', () => {
		const still = webp.subarray(0, webp.lastIndexOf('VP8 '));
		expect(refusal(withChunk(still, 'ANMF', Buffer.alloc(40)), 'image/webp')).toBe('picture_unreadable');
	});

	test.each(Object.entries(pictures))('one that is cut off anywhere: %s', (type, bytes) => {
		for (let length = 12; length < bytes.length; length++) {
			expect(refusal(bytes.subarray(0, length), type), `at ${length}`).toBe('picture_unreadable');
		}
	});

	test('whatever bytes come after a good beginning: it ends, and never in an error of ours', () => {
		const damaged = fc
			.constantFrom(...Object.entries(pictures))
			.chain(([type, bytes]) =>
				fc
					.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 })
					.map((changes) => ({ type, changes, bytes }))
			);
		fc.assert(
			fc.property(damaged, ({ type, changes, bytes }) => {
				const copy = Buffer.from(bytes);
				for (const [at, byte] of changes) copy[at] = byte;
				const seen = inspectPicture(copy, type);
				if (seen.refused === undefined) expect(seen.picture.clean.length).toBeLessThanOrEqual(copy.length + 36);
			}),
			{ numRuns: 3000 }
		);
	});
});

test('only the three kinds are known by their first bytes', () => {
	expect(Object.values(pictures).map(pictureTypeOf)).toEqual(Object.keys(pictures));
	expect([svg, Buffer.from('GIF89a'), Buffer.alloc(0)].map(pictureTypeOf)).toEqual([null, null, null]);
});

test('a page finds a picture by its path, and nothing where there is none', () => {
	expect(pictureUrl('avatars', 'a/b')).toBe('/files/avatars/a/b');
	expect(pictureUrl('logos', null)).toBeUndefined();
});
