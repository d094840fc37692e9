/** Which addresses are the internet's, and which a request that strangers ask for must never reach. */

/** IANA's special-purpose registry (RFC 6890 and what came after): first address and length of the prefix. */
const special4: readonly [base: string, length: number][] = [
	['0.0.0.0', 8],
	['10.0.0.0', 8],
	['100.64.0.0', 10],
	['127.0.0.0', 8],
	['169.254.0.0', 16],
	['172.16.0.0', 12],
	['192.0.0.0', 24],
	['192.0.2.0', 24],
	['192.88.99.0', 24],
	['192.168.0.0', 16],
	['198.18.0.0', 15],
	['198.51.100.0', 24],
	['203.0.113.0', 24],
	['224.0.0.0', 4],
	['240.0.0.0', 4]
];

/** Whether an address (as a resolver writes it, IPv4 or IPv6) is one of the public internet. */
export function isPublicAddress(address: string): boolean {
	const four = fourOf(address);
	if (four !== null)
		return !special4.some(([base, length]) => four >>> (32 - length) === (fourOf(base) ?? 0) >>> (32 - length));
	const six = sixOf(address);
	if (!six) return false;
	const [first = 0, second = 0] = six;
	// only 2000::/3 is given out; of that, without Teredo, documentation (twice) and 6to4
	if (first >>> 13 !== 1) return false;
	if (first === 0x2001 && (second < 0x200 || second === 0xdb8)) return false;
	return first !== 0x2002 && !(first === 0x3fff && second < 0x1000);
}

/** Four bytes in one number; null for what is no dotted quad of plain decimals. */
function fourOf(address: string): number | null {
	const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)?.slice(1).map(Number);
	if (!parts || parts.some((part) => part > 255)) return null;
	return parts.reduce((sum, part) => sum * 256 + part, 0) >>> 0;
}

/** Eight words; null for what is no IPv6 address, and for one with a zone. */
function sixOf(address: string): number[] | null {
	let text = address.replace(/^\[(.*)\]$/, '$1').toLowerCase();
	const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
	if (tail) {
		const four = fourOf(tail[2] ?? '');
		if (four === null) return null;
		text = `${tail[1] ?? ''}${(four >>> 16).toString(16)}:${(four & 0xffff).toString(16)}`;
	}
	const halves = text.split('::');
	if (halves.length > 2) return null;
	const [head = [], rest = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
	const missing = 8 - head.length - rest.length;
	if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
	const words = [...head, ...Array<string>(missing).fill('0'), ...rest];
	return words.every((word) => /^[\da-f]{1,4}$/.test(word)) ? words.map((word) => Number.parseInt(word, 16)) : null;
}
