import { fileTypeFromBuffer } from 'file-type';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPublicAddress } from '#core/addresses.ts';
import { inspectMedia } from '#core/media.ts';
import { canCarryMedia, displaySize, isMediaType, isPicture, mediaTypes, nameToSave } from '#core/media-types.ts';
import { bad, gif, good, polyglots } from '../support/files.ts';
import { jpegWithPlace, place } from '../support/pictures.ts';

const look = (bytes: Buffer) => inspectMedia(new Uint8Array(bytes));

test.each(good)('R3.8 %s is what its bytes say', async (_, bytes, type) => {
	expect(look(bytes)).toMatchObject({ type });
	// somebody else's opinion; of texts it has none
	const other = await fileTypeFromBuffer(bytes);
	if (other && !type.startsWith('text/')) expect(other.mime).toBe(type);
});

test.each(bad)('R3.8 %s is refused', (_, bytes, reason) => {
	expect(look(bytes)).toEqual({ refused: reason });
});

test.each(polyglots)('R3.8 %s loses what is not the picture', async (_, bytes, hidden) => {
	const found = look(bytes);
	if (found.refused !== undefined) throw new Error(found.refused);
	expect(found.clean).not.toBeNull();
	expect(Buffer.from(found.clean!).includes(hidden)).toBe(false);
	expect((await fileTypeFromBuffer(found.clean!))?.mime).toBe(found.type);
	expect(inspectMedia(found.clean!)).toMatchObject({ type: found.type, clean: null });
});

test('R3.8 where a picture was taken does not leave with it', () => {
	const found = look(jpegWithPlace);
	if (found.refused !== undefined) throw new Error(found.refused);
	expect(Buffer.from(found.clean!).includes(place)).toBe(false);
});

test('R3.8 no bytes whatever make the look throw, or pass as a page', () => {
	const heads = [...good.map(([, bytes]) => bytes), gif];
	fc.assert(
		fc.property(fc.constantFrom(...heads), fc.nat(), fc.uint8Array({ maxLength: 40 }), (head, at, noise) => {
			const bytes = Buffer.from(head);
			bytes.set(noise.subarray(0, bytes.length), Math.min(at % bytes.length, Math.max(0, bytes.length - noise.length)));
			const found = look(bytes);
			expect(found.refused !== undefined || isMediaType(found.type)).toBe(true);
		}),
		{ numRuns: 500 }
	);
});

test('R3.8 a name is saved with an ending that says what the file is', () => {
	expect(nameToSave('door.PNG', 'image/png')).toBe('door.PNG');
	expect(nameToSave('invoice.html', 'image/png')).toBe('invoice.html.png');
	expect(nameToSave('program.exe', 'text/plain')).toBe('program.exe.txt');
	expect(mediaTypes.filter(isPicture)).toEqual(['image/jpeg', 'image/png', 'image/gif', 'image/webp']);
	expect([1, 999, 1500, 999_700, 1_400_000].map(displaySize)).toEqual([
		'1 byte',
		'999 bytes',
		'2 kB',
		'1.0 MB',
		'1.4 MB'
	]);
});

test('R3.8 files are texted in the United States and Canada alone', () => {
	const ours = '+14155550100';
	expect(
		['+14165550100', '+442079460000', '+18765550100', '+12425550100', null].map((to) => canCarryMedia(ours, to))
	).toEqual([true, false, false, false, false]);
	expect(canCarryMedia('+442079460000', ours)).toBe(false);
});

test('R3.8 addresses of this machine, this network and no network are told from those of the internet', () => {
	const inside = [
		...[
			'127.0.0.1',
			'127.255.0.9',
			'0.0.0.0',
			'10.1.2.3',
			'172.16.0.1',
			'172.31.255.255',
			'192.168.1.1',
			'169.254.169.254'
		],
		...['100.64.0.1', '192.0.0.1', '198.18.0.1', '224.0.0.1', '255.255.255.255', '203.0.113.5', '::', '::1', '[::1]'],
		...[
			'::ffff:127.0.0.1',
			'::ffff:7f00:1',
			'fe80::1',
			'fe80::1%eth0',
			'fc00::1',
			'fd12:3456::1',
			'ff02::1',
			'64:ff9b::7f00:1'
		],
		...[
			'2001:db8::1',
			'2002:7f00:1::',
			'2001::1',
			'3fff::1',
			'',
			'localhost',
			'127.1',
			'2130706433',
			'0x7f000001',
			'017700000001'
		],
		...['1.2.3', '1.2.3.4.5', '256.1.1.1', ':::', '1::2::3', '12345::1']
	];
	expect(inside.filter(isPublicAddress)).toEqual([]);
	const outside = [
		'8.8.8.8',
		'54.172.60.0',
		'172.32.0.1',
		'100.128.0.1',
		'2606:4700:4700::1111',
		'2a00:1450:4001:81b::200e'
	];
	expect(outside.filter((address) => !isPublicAddress(address))).toEqual([]);
});
