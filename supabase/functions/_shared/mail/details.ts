import { dollars } from '../core/money.ts';
import { displayPhone } from '../core/phone-display.ts';
import type { Letter } from './port.ts';

/** What a letter is about, from its job; every field is checked before it is used. */
export type Details = Readonly<Record<string, unknown>>;

export type Surroundings = {
	/** Where the app stands: `https://app.example.com`. */
	appUrl: string;
	/** The reader's time zone. */
	timeZone: string;
	/** Whom one writes to. */
	support?: string | undefined;
};

/** Writes a letter from what its job says. */
export type Write = (details: Details, surroundings: Surroundings) => Letter;

/** A text that has to be there. */
export function text(value: unknown): string {
	return typeof value === 'string' && value !== '' ? value : missing('text');
}

/** A moment as its reader's clock has it: "30 November 2026 at 14:05 CET". */
export function moment(value: unknown, timeZone: string): string {
	const at = new Date(text(value));
	if (Number.isNaN(at.getTime())) return missing('time');
	return new Intl.DateTimeFormat('en-GB', {
		day: 'numeric',
		month: 'long',
		year: 'numeric',
		hour: '2-digit',
		minute: '2-digit',
		timeZone,
		timeZoneName: 'short'
	}).format(at);
}

/** @throws TypeError: the job does not say what its letter needs. */
export function missing(what: string): never {
	throw new TypeError(`the letter lacks a ${what}`);
}

/** Money in micros of USD, as a letter says it. */
export function amount(value: unknown): string {
	return typeof value === 'number' && Number.isSafeInteger(value) ? dollars(value) : missing('amount');
}

/** A day as its reader's calendar has it: "30 November 2026". */
export function day(value: unknown, timeZone: string): string {
	const at = new Date(text(value));
	if (Number.isNaN(at.getTime())) return missing('day');
	return new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone }).format(at);
}

/** A phone number as its country writes it, on one line. */
export function phone(value: unknown): string {
	const { prefix, rest } = displayPhone(text(value));
	return `${prefix} ${rest}`.trim().replace(/ /g, '\u00a0');
}
