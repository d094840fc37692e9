import type { CountryCode } from 'libphonenumber-js';
import * as z from 'zod';
import { Failure } from '#core/failures.ts';
import { parsePhone } from '#core/phone.ts';
import { bestNumber, type Match } from '#core/sending-number.ts';
import * as contacts from './contacts.ts';
import * as conversations from './conversations.ts';
import type { AppDatabase } from './database.ts';
import * as search from './search.ts';
import * as senders from './senders.ts';

/** From which of our numbers; empty: the best match for whom it is to. */
const From = z.uuid().or(z.literal(''));

/** A text to one person, by number or name. */
export const One = conversations.Start.extend({ phone_number_id: From });

/** The same text to several people, each in a conversation of its own. */
export const Several = z.object({
	body: z.string().min(1, 'Write something first.'),
	idempotency_key: z.string().min(8).max(150),
	phone_number_id: From,
	recipients: z.string().min(1, 'Paste a list of numbers or names.').max(20_000)
});

export const mostRecipients = 100;

/** A line of a pasted list: whom it means, or what is wrong with it; and after sending, what came of it. */
export type Recipient = { line: string; phone: string | null; name: string | null; says: string | null };

/** In which country a number without a code is dialled: our number's, or the organization's where none is chosen. */
async function countryOf(
	database: AppDatabase,
	organizationId: string,
	phoneNumberId: string
): Promise<CountryCode | undefined> {
	if (phoneNumberId === '') return contacts.countryOf(database, organizationId);
	const { data } = await database.from('phone_numbers').select('country_code').eq('id', phoneNumberId);
	return data?.[0]?.country_code as CountryCode | undefined;
}

/** Whom somebody means: a number as people write it, or the name of exactly one contact. */
export async function recipientOf(
	database: AppDatabase,
	organizationId: string,
	written: string,
	country?: CountryCode
): Promise<Recipient> {
	const line = written.trim();
	const parsed = parsePhone(line, country);
	if ('phone' in parsed) return { line, phone: parsed.phone, name: null, says: null };
	if (!/\p{L}/u.test(line)) return { line, phone: null, name: null, says: parsed.says };
	const found = await search.people(database, organizationId, line);
	const same = found.filter(({ name }) => name?.toLowerCase() === line.toLowerCase());
	const [one, ...others] = same.length > 0 ? same : found;
	if (!one) return { line, phone: null, name: null, says: 'No contact has this name.' };
	if (others.length > 0) {
		const names = [one, ...others].slice(0, 3).map(({ name, phone_number }) => `${name ?? ''} ${phone_number}`.trim());
		return { line, phone: null, name: null, says: `Several contacts fit: ${names.join(', ')}. Use the number.` };
	}
	return { line, phone: one.phone_number, name: one.name, says: null };
}

/** A pasted list, line by line: numbers or names, apart by lines, commas or semicolons; everybody once. */
export async function recipientsOf(
	database: AppDatabase,
	organizationId: string,
	draft: z.infer<typeof Several>
): Promise<Recipient[]> {
	const lines = draft.recipients
		.split(/[\n,;]+/)
		.map((line) => line.trim())
		.filter((line) => line !== '');
	if (lines.length > mostRecipients) {
		throw new Failure(
			'recipient_invalid',
			`A list can have at most ${mostRecipients} people. Yours has ${lines.length}.`
		);
	}
	const country = await countryOf(database, organizationId, draft.phone_number_id);
	const found: Recipient[] = [];
	for (const line of lines) {
		const one = await recipientOf(database, organizationId, line, country);
		const twice = one.phone !== null && found.some(({ phone }) => phone === one.phone);
		found.push(twice ? { ...one, phone: null, says: 'Is in the list already.' } : one);
	}
	return found;
}

/** Sends the text to everybody whose line is right, once under the same key; says for the others why not. */
export async function sendToSeveral(
	database: AppDatabase,
	organizationId: string,
	recipients: readonly Recipient[],
	{ body, idempotency_key, phone_number_id }: z.infer<typeof Several>
): Promise<Recipient[]> {
	const told: Recipient[] = [];
	const numbers = phone_number_id === '' ? await senders.list(database, organizationId) : [];
	for (const one of recipients) {
		if (one.phone === null) {
			told.push(one);
			continue;
		}
		try {
			const key = `${idempotency_key}:${one.phone}`;
			const from = phone_number_id || chosenFor(numbers, one.phone);
			await conversations.start(database, { body, idempotency_key: key, phone_number_id: from, recipient: one.phone });
			told.push(one);
		} catch (cause) {
			if (!(cause instanceof Failure)) throw cause;
			told.push({ ...one, phone: null, says: cause.says });
		}
	}
	return told;
}

/** To one person, by number or name. Throws `recipient_invalid` and what `conversations.start` throws. */
export async function sendToOne(database: AppDatabase, organizationId: string, draft: z.infer<typeof One>) {
	const country = await countryOf(database, organizationId, draft.phone_number_id);
	const one = await recipientOf(database, organizationId, draft.recipient, country);
	if (one.phone === null) throw new Failure('recipient_invalid', one.says ?? undefined);
	const from = draft.phone_number_id || chosenFor(await senders.list(database, organizationId), one.phone);
	return conversations.start(database, { ...draft, phone_number_id: from, recipient: one.phone });
}

/** Where nothing can go out, the gate says why of the oldest number. Throws `not_found` where there is none. */
function chosenFor(numbers: readonly senders.Sender[], recipient: string): string {
	const id = bestNumber(numbers, recipient)?.id ?? numbers[0]?.id;
	if (id === undefined) throw new Failure('not_found');
	return id;
}

/** From which number whoever is meant would be texted, and why; null while it is nobody yet. */
export async function bestFor(
	database: AppDatabase,
	organizationId: string,
	written: string
): Promise<{ id: string; match: Match } | null> {
	if (written.trim() === '') return null;
	const country = await countryOf(database, organizationId, '');
	const { phone } = await recipientOf(database, organizationId, written, country);
	return phone === null ? null : bestNumber(await senders.list(database, organizationId), phone);
}
