/** Files in conversations: which kinds there are, told by their bytes alone, and how they are named. */
import type { Slug } from './failures.ts';
import { type Picture, Unreadable, viewOf, wordAt } from './picture-bytes.ts';
import { readGif } from './picture-gif.ts';
import { readJpeg } from './picture-jpeg.ts';
import { readPng } from './picture-png.ts';
import { readWebp } from './picture-webp.ts';
import { pictureTypeOf } from './pictures.ts';
import type { MediaType } from './media-types.ts';

/** What a picture may have at most: a browser needs four bytes for each of its pixels to show it. */
export const mostPixels = 50_000_000;
const longestSide = 20_000;

/** A file that may be passed on. `clean`: its bytes where they are not those it came with: without EXIF, places, and what hangs on. */
export type Found = {
	type: MediaType;
	width: number | null;
	height: number | null;
	clean: Uint8Array<ArrayBuffer> | null;
	refused?: undefined;
};

const readers: Readonly<Record<string, (bytes: Uint8Array) => Picture>> = {
	'image/png': readPng,
	'image/jpeg': readJpeg,
	'image/webp': readWebp,
	'image/gif': readGif
};

/**
 * What a file is, by its bytes; neither its name nor what somebody says of it counts. A file that could be taken for
 * something else as well (a page, a program) is refused, or loses that part.
 */
export function inspectMedia(bytes: Uint8Array): Found | { refused: Slug } {
	if (bytes.length === 0) return { refused: 'attachment_empty' };
	try {
		const picture = pictureIn(bytes);
		if (picture) return picture;
		const type = documentTypeOf(bytes) ?? textTypeOf(bytes);
		return type ? { type, width: null, height: null, clean: null } : { refused: 'attachment_type_unsupported' };
	} catch (error) {
		// a length that points behind the end
		if (error instanceof Unreadable || error instanceof RangeError) return { refused: 'attachment_unreadable' };
		throw error;
	}
}

function pictureIn(bytes: Uint8Array): Found | { refused: Slug } | null {
	const type = pictureTypeOf(bytes) ?? (/^GIF8[79]a$/.test(wordAt(bytes, 0, 6)) ? 'image/gif' : null);
	const read = type && readers[type];
	if (!type || !read) return null;
	const { width, height, clean } = read(bytes);
	if (width < 1 || height < 1) return { refused: 'attachment_unreadable' };
	if (width * height > mostPixels || Math.max(width, height) > longestSide) return { refused: 'attachment_dimensions' };
	const changed = clean.length !== bytes.length || clean.some((byte, at) => byte !== bytes[at]);
	return { type, width, height, clean: changed ? clean : null };
}

function documentTypeOf(bytes: Uint8Array): MediaType | null {
	if (wordAt(bytes, 0, 5) === '%PDF-') return isWholePdf(bytes) ? 'application/pdf' : fail('a PDF without an end');
	if (wordAt(bytes, 4, 4) === 'ftyp') return videoType(bytes);
	return null;
}

/** ISO 32000-1 §7.5.5: the end is marked within the last 1,024 bytes. */
function isWholePdf(bytes: Uint8Array): boolean {
	return (
		/^%PDF-[12]\.\d/.test(wordAt(bytes, 0, 8)) &&
		wordAt(bytes, Math.max(0, bytes.length - 1024), 1024).includes('%%EOF')
	);
}

const brandsOf3gp = /^3g[egprs2]/;
const brandsOfMp4 = /^(isom|iso[2-9]|mp4[12v]|avc1|dash|M4V |M4VP|MSNV|mmp4|qt {2})$/;

/** ISO/IEC 14496-12 §4.2: boxes one behind the other, each with its length, up to the end; one of them is `moov`. */
function videoType(bytes: Uint8Array): MediaType | null {
	const view = viewOf(bytes);
	const brand = wordAt(bytes, 8);
	const type = brandsOf3gp.test(brand) ? 'video/3gpp' : brandsOfMp4.test(brand) ? 'video/mp4' : null;
	if (!type) return null;
	let hasMovie = false;
	for (let at = 0; at < bytes.length;) {
		let length = view.getUint32(at);
		const name = wordAt(bytes, at + 4);
		if (!/^[\w ©-]{4}$/.test(name)) throw new Unreadable('a box of no kind');
		// 1: the length follows in eight bytes; 0: up to the end
		if (length === 1) length = Number(view.getBigUint64(at + 8));
		else if (length === 0) length = bytes.length - at;
		if (length < 8 || at + length > bytes.length) throw new Unreadable(`${name} is cut off`);
		hasMovie ||= name === 'moov';
		at += length;
	}
	return hasMovie ? type : fail('no film in it');
}

/** What a browser or a reader might take for a page or a drawing that can do things. */
const looksLikeMarkup =
	/^\s*<(?:[a-z!?/])|<(?:!doctype|html|head|body|script|svg|iframe|object|embed|meta|link|style|img|a)\b/i;

/** UTF-8 without control characters, that is no page; a card where it begins and ends as one (RFC 6350 §3.3). */
function textTypeOf(bytes: Uint8Array): MediaType | null {
	let text: string;
	try {
		text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
	} catch {
		// no text at all
		return null;
	}
	// eslint-disable-next-line no-control-regex -- these are what is looked for
	if (/[\u0000-\u0008\u000b\u000e-\u001a\u001c-\u001f\u007f]/.test(text)) return null;
	if (looksLikeMarkup.test(text.slice(0, 4096))) return null;
	if (/^\s*BEGIN:VCARD\r?\n/i.test(text)) return /\nEND:VCARD\s*$/i.test(text) ? 'text/vcard' : fail('a cut off card');
	return 'text/plain';
}

function fail(why: string): never {
	throw new Unreadable(why);
}
