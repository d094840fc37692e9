import type { Folded } from './codes-fold.ts';

/** What a candidate is made of. */
export type Shape = 'digits' | 'mixed' | 'letters';

/** A piece of a folded text that could be a code, in its units. */
export type Candidate = {
	/** As it would be typed: groups of digits joined, a prefix such as G- left out. */
	code: string;
	from: number;
	to: number;
	shape: Shape;
	/** Written in groups, or letter by letter. */
	grouped: boolean;
	/** Letters and a dash before it that are not typed, or nothing. */
	prefix: string;
	/** Why it cannot be a code whatever the words around it say, or nothing. */
	never: string;
};

type Token = { from: number; to: number; text: string; shape: Shape };

/** A run of tokens with one character between them. */
type Run = { tokens: Token[]; joints: string[] };

/** What a unit is: 1 a digit, 2 a capital, 3 a small letter, 0 anything else. */
const kinds = Uint8Array.from({ length: 128 }, (_, code) =>
	code >= 48 && code <= 57 ? 1 : code >= 65 && code <= 90 ? 2 : code >= 97 && code <= 122 ? 3 : 0
);

/** Everything made of digits and Latin letters, but small words, which are no code unless a sign announces them. */
function tokensOf(text: string): Token[] {
	const tokens: Token[] = [];
	const { length } = text;
	for (let from = 0; from < length; from++) {
		let digits = 0;
		let small = 0;
		let to = from;
		for (; to < length; to++) {
			const code = text.charCodeAt(to);
			const kind = code < 128 ? kinds[code] : 0;
			if (kind === 0) break;
			if (kind === 1) digits++;
			else if (kind === 3) small++;
		}
		const long = to - from;
		if (long === 0) continue;
		const shape = digits === long ? 'digits' : digits > 0 ? 'mixed' : 'letters';
		if (shape !== 'letters' || small === 0 || long === 1 || (long <= 10 && isAfterSign(text, from)))
			tokens.push({ from, to, text: text.slice(from, to), shape });
		from = to;
	}
	return tokens;
}

const isAfterSign = (text: string, from: number): boolean => isSign(text, from - 1) || isSign(text, from - 2);

const isSign = (text: string, index: number): boolean => index >= 0 && ':="\'“«'.includes(text.charAt(index));

/** Tokens in runs: numbers with one joint between them, and what a dash ties to them. */
function runsOf(text: string): Run[] {
	const runs: Run[] = [];
	let run: Run | null = null;
	let last: Token | null = null;
	for (const token of withIbans(tokensOf(text), text)) {
		const between = last ? jointOf(text, last.to, token.from) : '';
		if (run && last && between !== '' && isTied(last, token, between)) {
			run.tokens.push(token);
			run.joints.push(between);
		} else {
			run = { tokens: [token], joints: [] };
			runs.push(run);
		}
		last = token;
	}
	return runs;
}

/** Tokens, with those of an IBAN in its printed groups as one: DE89 3704 0044 0532 0130 00. Source: ISO 13616-1, 5.2. */
function withIbans(tokens: Token[], text: string): Token[] {
	if (!tokens.some(isIbanStart)) return tokens;
	const out: Token[] = [];
	for (let at = 0; at < tokens.length;) {
		const first = tokens[at] as Token;
		const parts = isIbanStart(first) ? ibanFrom(tokens, at, text) : [first];
		const { to } = parts.at(-1) ?? first;
		const whole = parts.map((part) => part.text).join('');
		out.push(parts.length === 1 ? first : { from: first.from, to, text: whole, shape: 'mixed' });
		at += parts.length;
	}
	return out;
}

/** A country and its check digits. */
const isIbanStart = ({ text }: Token): boolean => text.length === 4 && /^[A-Z]{2}\d\d$/.test(text);

/** The tokens of an IBAN from its first on, or that alone: at least 15 characters, at most 34, all groups but the last of four. */
function ibanFrom(tokens: readonly Token[], at: number, text: string): Token[] {
	const parts = tokens.slice(at, at + 1);
	let length = 4;
	for (let last = tokens[at]; last?.text.length === 4 && length < 32;) {
		const next = tokens[at + parts.length];
		if (!next || next.from - last.to !== 1 || text.charAt(last.to) !== ' ') break;
		if (next.text.length > 4 || !/^[A-Z\d]+$/.test(next.text)) break;
		parts.push(next);
		length += next.text.length;
		last = next;
	}
	return length >= 15 ? parts : parts.slice(0, 1);
}

/** What stands between the parts of one number or one code, or nothing where they are parted. */
function jointOf(text: string, from: number, to: number): string {
	if (to - from === 1) {
		const sign = text.charAt(from);
		return '-. ,:/'.includes(sign) ? sign : '';
	}
	return to - from === 3 && text.startsWith(' - ', from) ? ' - ' : '';
}

function isTied(last: Token, next: Token, between: string): boolean {
	if (between === ' - ') return next.shape !== 'letters' && /^[A-Z]{2,4}$/.test(last.text);
	if (last.shape === 'digits' && next.shape === 'digits') return true;
	if (between === ' ') return last.text.length === 1 && next.text.length === 1;
	if (between === '-') return last.shape !== 'letters' || next.shape !== 'letters' || isUpper(last, next);
	return false;
}

const isUpper = (...tokens: Token[]): boolean => tokens.every(({ text }) => /^[A-Z0-9]{2,5}$/.test(text));

/** Everything in a folded text that has the shape of a code, with what the shape alone rules out. Linear in the text. */
export function candidatesOf({ text }: Folded): Candidate[] {
	const candidates: Candidate[] = [];
	for (const run of runsOf(text)) {
		if (run.tokens.length > 1) candidates.push(...joined(run, text));
		else for (const token of run.tokens) if (isPossible(token)) candidates.push(single(token));
	}
	return candidates;
}

const isPossible = ({ text, shape }: Token): boolean =>
	shape === 'letters' ? text.length >= 4 && text.length <= 10 : text.length >= 3 || shape === 'digits';

const single = ({ from, to, text, shape }: Token): Candidate => ({
	...{ code: text, from, to, shape },
	...{ grouped: false, prefix: '', never: neverOf(text) }
});

const neverOf = (code: string): string =>
	code.length > 10 ? 'too long for a code' : code.length < 3 ? 'too short for a code' : '';

/** Several tokens as one candidate. */
function group(tokens: Token[], code: string, more: { never?: string; prefix?: string } = {}): Candidate {
	const shape = tokens.every((token) => token.shape === 'digits') ? 'digits' : /\d/.test(code) ? 'mixed' : 'letters';
	const [first, last] = [tokens[0], tokens.at(-1)];
	const { never = neverOf(code), prefix = '' } = more;
	return { code, from: first?.from ?? 0, to: last?.to ?? 0, shape, grouped: tokens.length > 1, prefix, never };
}

/** A run read as one number, as a code in groups, or as its parts. */
function joined(run: Run, text: string): Candidate[] {
	const { tokens, joints } = run;
	const whole = tokens.map(({ text }) => text).join('');
	const digits = tokens.every(({ shape }) => shape === 'digits');
	const singles = tokens.every(({ text }) => text.length === 1);
	const kinds = new Set(joints);
	if (singles && tokens.length >= 4 && whole.length <= 10 && /\d|^[A-Z]+$/.test(whole) && kinds.size === 1)
		return [group(tokens, whole)];
	if (digits && (kinds.has(',') || kinds.has('.') || kinds.has(':') || kinds.has('/'))) return punctuated(run, text);
	if (digits && kinds.size === 1) return groups(run, whole);
	if (digits) return [group(tokens, whole, { never: 'part of a longer number' })];
	return tied(run);
}

/** Digits in groups: 123-456, 12 34 56; more than ten of them are a telephone's, a card's or a meter's. */
function groups({ tokens, joints }: Run, whole: string): Candidate[] {
	const lengths = tokens.map(({ text }) => text.length);
	const even = new Set(lengths).size === 1;
	const [first = 0, second = 0] = lengths;
	if (tokens.length === 2 && whole.length >= 4 && whole.length <= 10) {
		if (even && first >= 2) return [group(tokens, whole)];
		if (joints[0] === '-' && Math.abs(first - second) <= 2 && Math.min(first, second) >= 2)
			return [group(tokens, whole)];
	}
	if (tokens.length === 3 && even && whole.length <= 9 && first >= 2) return [group(tokens, whole)];
	if (whole.length > 8 && lengths.every((length) => length >= 2 && length <= 5))
		return [group(tokens, whole, { never: 'a telephone or account number' })];
	if (joints.every((between) => between === '-'))
		return [group(tokens, whole, { never: tokens.length > 2 ? 'a date or a telephone number' : 'a range' })];
	return tokens.map((token) => single(token));
}

/** Digits with points, commas, colons and strokes between them: times, dates, amounts, or a full stop without its blank. */
function punctuated({ tokens, joints }: Run, text: string): Candidate[] {
	const out: Candidate[] = [];
	let part: Token[] = [];
	let between: string[] = [];
	const close = (): void => {
		if (part.length === 1) out.push(...part.map((token) => single(token)));
		else if (part.length > 1) {
			const whole = part.map(({ text }) => text).join('');
			const soft = between.every((sign) => sign === ' ' || sign === '-');
			if (soft) out.push(...groups({ tokens: part, joints: between }, whole));
			else out.push(group(part, whole, { never: nameOf(between) }));
		}
	};
	for (const [index, token] of tokens.entries()) {
		const sign = joints[index - 1];
		const last = tokens[index - 1];
		if (
			last &&
			sign !== undefined &&
			!belongs(last, token, sign, part.length > 1 ? between : [], text.slice(token.to, token.to + 4))
		) {
			close();
			[part, between] = [[], []];
		} else if (sign !== undefined) between.push(sign);
		part.push(token);
	}
	close();
	return out;
}

function nameOf(signs: string[]): string {
	if (signs.includes(':')) return 'a time';
	if (signs.includes('/')) return 'a date';
	if (signs.filter((sign) => sign === '.').length === 2 && signs.length === 2) return 'a date';
	return signs.includes('-') || signs.includes(' ') ? 'part of a longer number' : 'an amount';
}

/** How a stretch of time goes on, in the languages whose texts leave out the blank after a full stop or a comma. */
const duration = /^ ?(?:min|sec|hour|day|dak|мин|хв|분|分|秒|小时|小時|นาที|phu)/;

/** Whether two numbers with a sign between them are one: 1,500 and 12.50 and 14:35, not 123456,5 nor 123456.10. */
function belongs(last: Token, next: Token, sign: string, before: string[], rest: string): boolean {
	const left = last.text.length;
	const right = next.text.length;
	if (sign === ':') return left <= 2 && right === 2;
	if (sign === '/') return left <= 4 && right <= 4;
	if (sign === '-') return before.length === 0 || before.includes('-');
	if (sign === ' ') return before.every((one) => one === ' ') && left <= 4 && right <= 4;
	if (before.includes('.') && sign === '.') return left <= 4 && right <= 4;
	if (left >= 4 && right <= 2 && duration.test(rest)) return false;
	return right === 3 || right === 2 || (right === 1 && left <= 3) || (left <= 2 && right <= 4);
}

/** Letters and digits that dashes tie: G-123456, ABC-123, XK7-P2M, or a serial number of many parts. */
function tied({ tokens, joints }: Run): Candidate[] {
	const [first, second] = tokens;
	const whole = tokens.map(({ text }) => text).join('');
	if (!first || !second) return [];
	if (tokens.length === 2 || (first.shape === 'letters' && tokens.slice(1).every(({ shape }) => shape === 'digits'))) {
		const rest = tokens.slice(1);
		const digits = rest.map(({ text }) => text).join('');
		if (first.shape === 'letters' && second.shape !== 'letters') {
			const even = first.text.length === digits.length && first.text.length >= 3 && /^[A-Z]+$/.test(first.text);
			if (even && rest.length === 1) return [group(tokens, `${first.text}-${digits}`)];
			if (first.text.length <= 6 && rest.length <= 2) return [group(rest, digits, { prefix: first.text })];
		}
		if (first.shape === 'digits' && second.shape === 'letters')
			return [first].filter(isPossible).map((one) => single(one));
		if (first.shape === 'letters' && second.shape === 'letters' && whole.length > 10) return [];
		if (joints[0] === '-' && whole.length <= 10 && Math.min(first.text.length, second.text.length) >= 2)
			return [group(tokens, tokens.map(({ text }) => text).join('-'))];
	}
	if (!/\d/.test(whole)) return [];
	return [group(tokens, whole, { never: 'a serial or reference number' })];
}
