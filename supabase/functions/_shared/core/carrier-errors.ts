/**
 * What a carrier's error code means to the person who wrote the text.
 * `says` is a headline without its full stop, `advice` a sentence; `retry` tells whether "Try again" can work:
 * at once, after a while, or never.
 */
export type CarrierError = { says: string; advice: string; retry: 'never' | 'later' | 'now' };

const ours = 'Our support has been told. Your text is kept.';

// Twilio's codes (twilio.com/docs/api/errors). 2xxxx come as the answer to a send, 3xxxx later, in a receipt.
const catalogue: Readonly<Record<string, CarrierError>> = {
	'20003': { says: 'The carrier did not accept our account', advice: ours, retry: 'later' },
	'20429': { says: 'The carrier was too busy', advice: 'Trying again in a minute can work.', retry: 'later' },
	'21211': { says: 'This is not a number that can be texted', advice: 'Check its digits.', retry: 'never' },
	'21212': { says: 'The carrier does not know our number', advice: ours, retry: 'never' },
	'21265': { says: 'A short code cannot be texted', advice: 'Write to a whole phone number.', retry: 'never' },
	'21266': { says: 'A number cannot text itself', advice: 'Send from another number.', retry: 'never' },
	'21408': {
		says: 'Texts to this country are switched off',
		advice: 'An admin can ask us to open it.',
		retry: 'never'
	},
	'21606': { says: 'This number cannot send to that country', advice: 'Send from another number.', retry: 'never' },
	'21608': {
		says: 'The carrier has not confirmed this number yet',
		advice: 'Trial accounts reach confirmed numbers only.',
		retry: 'never'
	},
	contact_blocked: { says: 'This person was blocked here', advice: 'Unblock them to write to them.', retry: 'never' },
	number_frozen: {
		says: 'This number was not renewed',
		advice: 'Nothing goes out from it until it is.',
		retry: 'later'
	},
	sending_stopped: {
		says: 'Our support has stopped what your organization sends',
		advice: 'Its owners have the reason by e-mail, and whom to write to.',
		retry: 'later'
	},
	number_released: { says: 'This number was given back', advice: 'Send from another number.', retry: 'never' },
	'21610': {
		says: 'This person wrote STOP to this number',
		advice: 'They can start again by writing START.',
		retry: 'never'
	},
	'21611': {
		says: 'This number has too many texts waiting',
		advice: 'Trying again in a few minutes can work.',
		retry: 'later'
	},
	'21612': { says: 'The carrier has no route to this number', advice: 'Send from another number.', retry: 'never' },
	'21614': { says: 'This is not a mobile number', advice: 'It cannot receive texts.', retry: 'never' },
	'21635': { says: 'This is a landline', advice: 'It cannot receive texts. Ask for a mobile number.', retry: 'never' },
	'21617': { says: 'The text is too long', advice: 'Send it in parts of at most 1,600 characters.', retry: 'never' },
	'21620': { says: 'The carrier could not take the files', advice: 'Send them again, or as a link.', retry: 'now' },
	'21659': { says: 'The carrier does not know our number', advice: ours, retry: 'never' },
	'21661': { says: 'This number cannot send texts', advice: 'Send from another number.', retry: 'never' },
	'21660': { says: 'The carrier says this number is not ours', advice: ours, retry: 'never' },
	'11200': { says: 'The carrier could not fetch the files', advice: 'Trying again can work.', retry: 'now' },
	'12300': {
		says: 'The carrier does not pass on files of this kind',
		advice: 'Send a JPEG, PNG or GIF, or a link.',
		retry: 'never'
	},
	'30019': {
		says: 'The files are too large for this carrier',
		advice: 'Send smaller ones, or a link.',
		retry: 'never'
	},
	'30001': {
		says: 'Too many texts were waiting to be sent',
		advice: 'Trying again in a few minutes can work.',
		retry: 'later'
	},
	'30002': { says: 'The carrier has suspended our account', advice: ours, retry: 'later' },
	'30003': { says: 'The phone was off or out of reach', advice: 'Trying again can work.', retry: 'now' },
	'30004': {
		says: 'The phone blocks this text',
		advice: 'The person or their carrier has blocked it. Reach them another way.',
		retry: 'never'
	},
	'30005': {
		says: 'The number is not in service',
		advice: 'Check its digits, or ask for a new number.',
		retry: 'never'
	},
	'30006': {
		says: 'This is a landline, or a carrier without texts',
		advice: 'It cannot receive texts.',
		retry: 'never'
	},
	'30007': {
		says: 'A filter of the carrier held this text back',
		advice: 'Links and sales words can cause that. Write it another way.',
		retry: 'never'
	},
	'30008': { says: 'The carrier does not say why', advice: 'Trying again once can work.', retry: 'now' },
	'30010': { says: 'This text costs more than is allowed', advice: ours, retry: 'never' },
	'30011': {
		says: 'Files cannot be texted to this number',
		advice: 'Put a link in the text instead.',
		retry: 'never'
	},
	'30017': {
		says: 'The carrier’s network was too busy',
		advice: 'Trying again in a few minutes can work.',
		retry: 'later'
	},
	'30018': {
		says: 'This number is not registered with the carrier there',
		advice: 'Send from another number until it is.',
		retry: 'never'
	},
	'30022': {
		says: 'This number sent too much at once',
		advice: 'Trying again in a few minutes can work.',
		retry: 'later'
	},
	'30023': {
		says: 'This number has reached its daily limit',
		advice: 'Trying again tomorrow can work.',
		retry: 'later'
	},
	'30027': {
		says: 'The carrier takes no more texts from us today',
		advice: 'Trying again tomorrow can work.',
		retry: 'later'
	},
	'30032': {
		says: 'This toll-free number is not verified yet',
		advice: 'Send from another number until it is.',
		retry: 'never'
	},
	'30034': {
		says: 'This number is not registered for texts to the United States',
		advice: 'Send from another number until it is.',
		retry: 'never'
	},
	'30033': {
		says: 'This number’s registration for the United States was suspended',
		advice: 'Send from another number. Our support has been told.',
		retry: 'never'
	},
	'30035': {
		says: 'This number is still being registered',
		advice: 'Trying again when that is done can work.',
		retry: 'later'
	},
	'30036': {
		says: 'The text waited too long',
		advice: 'The phone was out of reach all the time. Trying again can work.',
		retry: 'now'
	},
	'30038': {
		says: 'The carrier removed a one-time code from this text',
		advice: 'Ask for the code another way.',
		retry: 'never'
	},
	'30410': {
		says: 'The carrier took too long',
		advice: 'It may have arrived all the same. Trying again later can send it twice.',
		retry: 'later'
	},
	'30450': {
		says: 'Texts to this number are held back for a while',
		advice: 'So many went there that it looked like fraud. Trying again after half an hour can work.',
		retry: 'later'
	},

	// our own: a send that was given up after its last attempt
	unconfirmed: {
		says: 'The carrier never confirmed this text',
		advice: 'It may have arrived all the same. Trying again can send it twice.',
		retry: 'now'
	}
};

// Carriers split and add codes without notice: what is not listed is explained by its class.
const classes: readonly { from: number; to: number; error: CarrierError }[] = [
	{ from: 20000, to: 20999, error: { says: 'The carrier did not accept our request', advice: ours, retry: 'later' } },
	{
		from: 21000,
		to: 21999,
		error: { says: 'The carrier refused this text', advice: 'Check the number it goes to.', retry: 'never' }
	},
	{
		from: 30000,
		to: 30999,
		error: { says: 'The carrier could not deliver this text', advice: 'Trying again can work.', retry: 'now' }
	}
];

const unknown: CarrierError = {
	says: 'The text was not delivered',
	advice: 'The carrier gave no reason.',
	retry: 'now'
};

/** Explains a carrier's code in plain words; any code, and none, has an answer. */
export function explainCarrierError(code: string | null): CarrierError {
	if (code === null) return unknown;
	if (Object.hasOwn(catalogue, code)) return catalogue[code] ?? unknown;
	const number = Number(code);
	return classes.find(({ from, to }) => number >= from && number <= to)?.error ?? unknown;
}
