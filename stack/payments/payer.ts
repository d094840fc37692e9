/** What somebody types into a form for a card. */
import { testCards, type TestCard } from './cards.ts';

/** Checked. */
export type Payer = { card: TestCard; name: string; email: string; expires: { month: number; year: number } };

export type Typed = Partial<Record<'email' | 'name' | 'number' | 'expires' | 'cvc', string>>;

/** What is wrong with it, in which field. */
export type Wrong = { wrong: keyof Typed; error: string };

/** What was typed, as the page takes it: any name, a known card, a date to come, three digits. */
export function check(
	{ email = '', name = '', number = '', expires = '', cvc = '' }: Typed,
	now: number
): { payer: Payer } | Wrong {
	if (!/^[^\s@]+@[^\s@]+$/.test(email.trim())) return { wrong: 'email', error: 'Your e-mail address is incomplete.' };
	const digits = number.replace(/[\s-]/g, '');
	const card = testCards.find((each) => each.number === digits);
	if (!/^\d{16}$/.test(digits)) return { wrong: 'number', error: 'Your card number is incomplete.' };
	if (!card) return { wrong: 'number', error: 'Only the test cards below are taken here.' };
	const [, month = '', year = ''] = /^(\d{1,2})\s*\/?\s*(?:20)?(\d{2})$/.exec(expires.trim()) ?? [];
	const date = { month: Number(month), year: 2000 + Number(year) };
	if (date.month < 1 || date.month > 12)
		return { wrong: 'expires', error: 'Your card’s expiration date is incomplete.' };
	if (Date.UTC(date.year, date.month) <= now)
		return { wrong: 'expires', error: 'Your card’s expiration date is in the past.' };
	if (!/^\d{3}$/.test(cvc.trim())) return { wrong: 'cvc', error: 'Your card’s security code is incomplete.' };
	if (name.trim() === '') return { wrong: 'name', error: 'The name on the card is missing.' };
	return { payer: { card, name: name.trim(), email: email.trim(), expires: date } };
}
