import { fold, placeOf, unitAt } from './codes-fold.ts';
import { bit } from './codes-lexicon.ts';
import type { Reading } from './codes-reading.ts';

/** Words with a capital that begin a sentence and name nobody. */
const common = new Set(
	(
		'your,the,this,use,enter,please,hi,hello,dear,never,do,dont,code,otp,pin,welcome,verification,security,login,one,time,' +
		'you,it,if,is,for,to,in,on,or,and,of,a,an,we,our,from,with,customer,user,account,sms,app,id,not,new,here,only,ref,reply,' +
		'votre,tu,su,seu,ihr,dein,twoj,uw,je,din,il,le,la,el,o,no,ne,und,und,valid,confirm,activation,access,temporary,secure'
	).split(',')
);

/**
 * Who issues the code, if the text says so: a service that is waited for and named; the host of an origin-bound line; a name in
 * brackets; a name beside the words for the code ("your Acme code", "code for Acme", "Acme: …"). Null when it does not say.
 */
export function issuingService(reading: Reading, waitedFor: readonly string[]): string | null {
	const { original, folded, bound } = reading;
	const named = waitedFor.find((service) => mentions(folded.lower, service));
	if (named !== undefined) return named;
	const bracketed = inBrackets(original);
	if (bracketed !== null && isName(bracketed)) return bracketed.trim();
	return besideCode(reading) ?? opening(original) ?? bound?.host ?? null;
}

/** What stands in brackets at the beginning, or in those of Chinese texts at the end. */
function inBrackets(original: string): string | null {
	for (let index = 0; index < 13 && index < original.length; index++) {
		if (!'[【(〔「'.includes(original.charAt(index))) continue;
		const first = /^[^\p{L}\p{N}]{0,6}[[【(〔「]([^\])】〕」\n]{2,40})[\])】〕」]/u.exec(original);
		if (first) return first[1] ?? null;
		break;
	}
	if (!original.includes('】')) return null;
	return /【([^】\n]{2,40})】\s*$/.exec(original.slice(-60))?.[1] ?? null;
}

/** Whether a text names a service, as words of their own. */
export function mentions(lower: string, service: string): boolean {
	const name = fold(service).lower.trim();
	if (name.length < 2) return false;
	for (let at = lower.indexOf(name); at >= 0; at = lower.indexOf(name, at + 1)) {
		const [left, right] = [lower.charAt(at - 1), lower.charAt(at + name.length)];
		if (!/[a-z0-9]/.test(left) && !/[a-z0-9]/.test(right)) return true;
	}
	return false;
}

const isName = (words: string): boolean =>
	/\p{L}/u.test(words) && !/\d{3}/.test(words) && !common.has(fold(words).lower.trim());

const name = String.raw`[\p{Lu}\d][\p{L}\p{N}&.'’+-]{1,30}(?: [\p{Lu}\d][\p{L}\p{N}&.'’+-]{0,30}){0,3}`;
const leads = 'for|from|on|with|to|as|pour|de|para|von|für|bei|voor|dla|per|di|till?';
const afterLead = new RegExp(String.raw`\b(?:${leads})\s+(?:your\s+|the\s+)?(${name})`, 'gu');
const leadEnds = new RegExp(String.raw`\b(?:${leads}|your|the)$`);
const atEnd = new RegExp(String.raw`(?:^|[^\p{L}\p{N}])(?:(${name})|your ([\p{L}\p{N}.]{3,20}))\s$`, 'u');

/** A name beside the words for the code: before them ("your Acme code"), or after a preposition in their sentence. */
function besideCode(reading: Reading): string | null {
	const { original, marks, folded } = reading;
	const told: number[] = [];
	for (const mark of marks) {
		if (!(mark.senses & (bit.otp | bit.code | bit.verify))) continue;
		const at = placeOf(folded, mark.from);
		const match = mayEndName(original, at) ? atEnd.exec(original.slice(Math.max(0, at - 50), at)) : null;
		const found = match && named(match[1] ?? match[2] ?? '');
		if (found) return found;
		if (told.push(reading.sentence(mark.from)) === 4) break;
	}
	const head = original.length > 1600 ? original.slice(0, 1600) : original;
	if (told.length === 0 || !mayFollowLead(head)) return null;
	afterLead.lastIndex = 0;
	for (let match = afterLead.exec(head); match; match = afterLead.exec(head)) {
		const found = told.includes(reading.sentence(unitAt(folded, match.index))) ? named(match[1] ?? '') : null;
		if (found) return found;
	}
	return null;
}

/** Whether a capital or a digit stands after one of the prepositions, or a text is not of ASCII alone. */
function mayFollowLead(head: string): boolean {
	for (let index = 0; index < head.length; index++) {
		const code = head.charCodeAt(index);
		if (code >= 128) return true;
		if (!(code >= 65 && code <= 90) && !(code >= 48 && code <= 57)) continue;
		let end = index;
		while (end > 0 && head.charCodeAt(end - 1) <= 32) end--;
		if (end < index && leadEnds.test(head.slice(Math.max(0, end - 5), end))) return true;
		// the words of a name and the digits of a number follow each other, not a preposition
		while (index + 1 < head.length && isWordly(head.charCodeAt(index + 1))) index++;
	}
	return false;
}

const isWordly = (code: number): boolean =>
	(code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;

/** Whether the piece before a place can be a name: cheap to ask, so that the expression is asked rarely. */
function mayEndName(original: string, at: number): boolean {
	const blank = original.charCodeAt(at - 1);
	if (at < 2 || (blank > 32 && blank < 128)) return false;
	let index = at - 2;
	let isNamed = false;
	for (; index >= 0; index--) {
		const code = original.charCodeAt(index);
		if (code <= 32) break;
		if (code >= 128) return true;
		if ((code >= 65 && code <= 90) || (code >= 48 && code <= 57)) isNamed = true;
	}
	if (!isNamed) return index >= 4 && original.startsWith('your ', index - 4);
	// "Your code": nothing before it makes a longer name of it
	return index >= 0 || !common.has(original.slice(0, at - 1).toLowerCase());
}

/** A name without the words around it that name nobody; null when nothing is left. */
function named(found: string): string | null {
	const words = found.split(' ').filter((word) => !common.has(fold(word).lower.replace(/[.'’]/g, '')));
	const left = words.join(' ').replace(/[.'’-]+$/, '');
	return /\p{L}{2}/u.test(left) && !/\d{4}/.test(left) ? left : null;
}

/** "Acme: 1234 is …": a short name before the first colon, at the very beginning. */
function opening(original: string): string | null {
	if (!original.includes(':') && !original.includes('|')) return null;
	const match = /^\s*(?:<#>\s*)?(\p{Lu}[\p{L}\p{N}&.'’+ -]{1,29}?)\s?[:|]\s/u.exec(original);
	if (!match?.[1]) return null;
	const told = fold(match[1]).lower.split(' ');
	return told.some((word) => common.has(word)) || told.length > 3 ? null : match[1];
}
