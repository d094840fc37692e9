/** Files of every kind that is taken, and of many that are not: made here, so that no archive holds a bad one. */
import { jpeg, png, webp } from './pictures.ts';

const text = (words: string) => Buffer.from(words, 'utf8');

/** One red point. */
export const gif = Buffer.from('R0lGODlhAQABAIAAAP8AAP///yH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64');

export const pdf = text('%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n');

export const card = text('BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Noor Haddad\r\nTEL:+14155550198\r\nEND:VCARD\r\n');

export const words = text('Gate code 4821.\nThe key box is by the blue door. Ключ, 鍵, 🔑\n');

/** A box of an MP4: its length, its name, its content. */
export function box(name: string, content: Uint8Array = Buffer.alloc(0)): Buffer {
	const head = Buffer.alloc(8);
	head.writeUInt32BE(content.length + 8);
	head.write(name, 4, 'latin1');
	return Buffer.concat([head, content]);
}
const film = (brand: string) =>
	Buffer.concat([
		box('ftyp', Buffer.from(`${brand}\0\0\0\0${brand}`, 'latin1')),
		box('moov', box('mvhd', Buffer.alloc(100))),
		box('mdat')
	]);
export const mp4 = film('isom');
export const threeGp = film('3gp5');

/** A PNG that says it has so many pixels. */
export function pngOf(width: number, height: number): Buffer {
	const whole = Buffer.from(png);
	whole.writeUInt32BE(width, 16);
	whole.writeUInt32BE(height, 20);
	return whole;
}

/** An archive with nothing in it: only its end, which is where readers of archives begin. */
const zip = Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)]);
const script = text('<script>alert(document.domain)</script>');

/** What is taken, and as what. */
export const good: readonly [name: string, bytes: Buffer, type: string][] = [
	['door.jpg', jpeg, 'image/jpeg'],
	['door.png', png, 'image/png'],
	['door.gif', gif, 'image/gif'],
	['door.webp', webp, 'image/webp'],
	['plan.pdf', pdf, 'application/pdf'],
	['noor.vcf', card, 'text/vcard'],
	['walk.mp4', mp4, 'video/mp4'],
	['walk.3gp', threeGp, 'video/3gpp'],
	['code.txt', words, 'text/plain'],
	['a picture with a text’s name.txt', png, 'image/png']
];

/** Two things in one: what is taken is the picture alone, without what hung on it. */
export const polyglots: readonly [name: string, bytes: Buffer, hidden: Buffer][] = [
	['a GIF that is an archive (GIFAR)', Buffer.concat([gif, zip]), zip],
	['a PNG with a page behind it', Buffer.concat([png, script]), script],
	['a JPEG that is an archive', Buffer.concat([jpeg, zip]), zip],
	['a WebP with a page behind it', Buffer.concat([webp, script]), script],
	[
		'a GIF with a page in its comment',
		Buffer.concat([
			gif.subarray(0, 19),
			Buffer.from([0x21, 0xfe, script.length]),
			script,
			Buffer.from([0]),
			gif.subarray(19)
		]),
		script
	]
];

/** What is never taken, whatever it is called. */
export const bad: readonly [name: string, bytes: Buffer, reason: string][] = [
	['nothing', Buffer.alloc(0), 'attachment_empty'],
	['a page called .jpg', text('<!doctype html><script>alert(1)</script>'), 'attachment_type_unsupported'],
	['a page after blanks', text('\n\n \t<html><body onload=alert(1)>'), 'attachment_type_unsupported'],
	['a page with a word before it', text('hello <script>alert(1)</script>'), 'attachment_type_unsupported'],
	[
		'a page with a mark of byte order',
		Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), script]),
		'attachment_type_unsupported'
	],
	['a page in UTF-16', Buffer.from('\ufeff<html><script>alert(1)</script>', 'utf16le'), 'attachment_type_unsupported'],
	['an SVG', text('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'), 'attachment_type_unsupported'],
	['an SVG after a declaration', text('<?xml version="1.0"?><svg onload="alert(1)"/>'), 'attachment_type_unsupported'],
	['a program for Windows', Buffer.concat([text('MZ'), Buffer.alloc(64)]), 'attachment_type_unsupported'],
	['an archive', zip, 'attachment_type_unsupported'],
	['a program for Linux', Buffer.from('\x7fELF\x02\x01\x01\0\0\0', 'latin1'), 'attachment_type_unsupported'],
	['noise', Buffer.from([0xff, 0x00, 0xfe, 0x80, 0x81]), 'attachment_type_unsupported'],
	['a PNG of 2,000,000,000 pixels', pngOf(50_000, 40_000), 'attachment_dimensions'],
	['a PNG of one row of 30,000', pngOf(30_000, 1), 'attachment_dimensions'],
	['a PNG without any', pngOf(0, 4), 'attachment_unreadable'],
	['half a PNG', png.subarray(0, 60), 'attachment_unreadable'],
	['the head of a PNG alone', png.subarray(0, 8), 'attachment_unreadable'],
	['half a JPEG', jpeg.subarray(0, jpeg.length - 40), 'attachment_unreadable'],
	['half a GIF', gif.subarray(0, 30), 'attachment_unreadable'],
	['half a WebP', webp.subarray(0, 100), 'attachment_unreadable'],
	['a PDF without an end', text('%PDF-1.4\n1 0 obj'), 'attachment_unreadable'],
	['a PDF with a page before it', Buffer.concat([script, pdf]), 'attachment_type_unsupported'],
	['a card without an end', text('BEGIN:VCARD\nFN:x\n'), 'attachment_unreadable'],
	['a film without a film', box('ftyp', Buffer.from('isom\0\0\0\0', 'latin1')), 'attachment_unreadable'],
	['a film with a page behind it', Buffer.concat([mp4, script]), 'attachment_unreadable'],
	[
		'a film of a kind that is not kept',
		box('ftyp', Buffer.from('heic\0\0\0\0', 'latin1')),
		'attachment_type_unsupported'
	],
	[
		'a box longer than the file',
		Buffer.concat([mp4.subarray(0, 20), Buffer.from([0x7f, 0xff, 0xff, 0xff]), text('moov')]),
		'attachment_unreadable'
	]
];
