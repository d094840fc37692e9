import { randomInt } from 'node:crypto';
import { parsePhone } from '#core/phone.ts';
import { areaCodes } from './geography.ts';
import type { Store } from './store.ts';

const shortCode = /^\d{3,8}$/;
// https://www.twilio.com/docs/glossary/what-alphanumeric-sender-id
const senderName = /^(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}$/;

/** A handset's number as written, in the form it is kept: E.164, a short code or a sender's name. Null for others. */
export function parseHandset(raw: string): string | null {
	const text = raw.trim();
	if (shortCode.test(text) || senderName.test(text)) return text;
	const parsed = text.startsWith('+') ? parsePhone(text) : null;
	return parsed && 'phone' in parsed ? parsed.phone : null;
}

/** A number nobody has yet, from the range that is set aside for fiction (555 01xx). Null when all are taken. */
export function invent(store: Store, codes: readonly string[] = areaCodes): string | null {
	const taken = 'select 1 from numbers where number = ?1 union all select 1 from texts where ?1 in (sender, recipient)';
	for (let attempt = 0; attempt < 200; attempt += 1) {
		const code = codes[randomInt(codes.length)];
		const number = `+1${code}55501${String(randomInt(100)).padStart(2, '0')}`;
		if (!store.get(taken, number)) return number;
	}
	return null;
}
