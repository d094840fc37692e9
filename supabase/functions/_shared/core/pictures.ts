import type { Slug } from './failures.ts';
import { Unreadable, type Picture } from './picture-bytes.ts';
import { readJpeg } from './picture-jpeg.ts';
import { readPng } from './picture-png.ts';
import { readWebp } from './picture-webp.ts';

/** What a person or an organization may show: its largest size in bytes and pixels, and its kinds. */
export const pictureLimits = { bytes: 2 * 1024 * 1024, pixels: 4096 } as const;
export const pictureTypes = ['image/png', 'image/jpeg', 'image/webp'] as const;
export type PictureType = (typeof pictureTypes)[number];

const readers: Readonly<Record<PictureType, (bytes: Uint8Array) => Picture>> = {
	'image/png': readPng,
	'image/jpeg': readJpeg,
	'image/webp': readWebp
};

/** What the first bytes say a file is, if it is a picture we take. */
export function pictureTypeOf(bytes: Uint8Array): PictureType | null {
	const starts = (at: number, ...expected: number[]) => expected.every((byte, place) => bytes[at + place] === byte);
	if (starts(0, 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'image/png';
	if (starts(0, 0xff, 0xd8, 0xff)) return 'image/jpeg';
	// "RIFF" <size> "WEBP"
	if (starts(0, 0x52, 0x49, 0x46, 0x46) && starts(8, 0x57, 0x45, 0x42, 0x50)) return 'image/webp';
	return null;
}

/** A picture that may be shown; `changed` where its clean bytes are not those it came with. */
export type Passed = { picture: Picture; type: PictureType; changed: boolean; refused?: undefined };

/** Looks at an upload: the picture in it, or why it is none that may be shown. `claimed` is the type it came with. */
export function inspectPicture(bytes: Uint8Array, claimed: string): Passed | { refused: Slug } {
	if (bytes.length > pictureLimits.bytes) return { refused: 'picture_too_large' };
	const type = pictureTypeOf(bytes);
	if (!type || type !== claimed) return { refused: 'picture_type_unsupported' };
	try {
		const picture = readers[type](bytes);
		const longest = Math.max(picture.width, picture.height);
		if (longest > pictureLimits.pixels) return { refused: 'picture_dimensions' };
		if (picture.width < 1 || picture.height < 1) return { refused: 'picture_unreadable' };
		const { clean } = picture;
		const changed = clean.length !== bytes.length || clean.some((byte, at) => byte !== bytes[at]);
		return { picture, type, changed };
	} catch (error) {
		// a length that points behind the end
		if (error instanceof Unreadable || error instanceof RangeError) return { refused: 'picture_unreadable' };
		throw error;
	}
}

/** Where pages find a picture, by its bucket and path; nothing where there is none. */
export function pictureUrl(bucket: 'avatars' | 'logos', path: string | null | undefined): string | undefined {
	return path ? `/files/${bucket}/${path}` : undefined;
}
