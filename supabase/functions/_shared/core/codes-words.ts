/**
 * What words say about the numbers near them, as data. A word stands whole: `kod`; `kod~` also with an ending (kodu, kodunuz);
 * `~kod` also as the end of a longer word; `~kod~` anywhere within one. Words of scripts that write no spaces stand anywhere.
 * Case, accents and vowel points do not matter, and a blank is any one blank or dash.
 */
import { across } from './codes-words-across.ts';
import { eastern } from './codes-words-east.ts';
import { european } from './codes-words-europe.ts';
import { farEastern } from './codes-words-far-east.ts';
import { nearEastern } from './codes-words-near-east.ts';
import { slavic } from './codes-words-slavic.ts';
import { southern } from './codes-words-south.ts';
import { signs } from './codes-words-signs.ts';

/** What a word is evidence of. */
export type Sense =
	/** A word for nothing but a one-time code. */
	| 'otp'
	/** Code, PIN, password: a one-time code or something else. */
	| 'code'
	/** Verifying, confirming, signing in, activating. */
	| 'verify'
	/** Verify, authentication: with a colon it heads a code. */
	| 'proof'
	/** Login, confirm: the same where the text counts minutes. */
	| 'entry'
	/** Confirmation code: of a sign-in, or of an appointment. */
	| 'either'
	/** Enter, use, type. */
	| 'enter'
	/** Is, reads, here is: leads over, and asks for nothing. */
	| 'is'
	/** Do not share, tell nobody. */
	| 'secret'
	/** Valid, expires. */
	| 'valid'
	/** What makes a code something else: promotion, post, customer. */
	| 'kind'
	/** PIN code: six digits after it are an Indian address as often as a code. */
	| 'postal'
	/** An amount follows at once, and none where anything stands between. */
	| 'pay'
	/** Appointments, flights, tables: their confirmation numbers are no codes. */
	| 'booking'
	/** Addresses, and what is brought there. */
	| 'place'
	/** Names the number after it: order, reference, account. */
	| 'reference'
	/** The last digits of a card or an account follow. */
	| 'tail'
	/** A number to call or to text follows. */
	| 'call'
	/** Amounts, balances, currencies. */
	| 'money'
	/** Advertising and prizes. */
	| 'promo'
	| 'month'
	| 'second'
	| 'minute'
	| 'hour'
	| 'day'
	/** Any other thing that is counted: points, gigabytes, digits. */
	| 'count'
	/** A longer word or phrase that hides another one in it and says nothing itself. */
	| 'nothing';

/** The words of one language, separated by commas, by what they say. */
export type Words = Partial<Record<Sense, string>>;

/** All words by language (ISO 639); `signs` and `across` belong to none. */
export const words: Readonly<Record<string, Words>> = {
	signs,
	across,
	...european,
	...slavic,
	...southern,
	...nearEastern,
	...eastern,
	...farEastern
};
