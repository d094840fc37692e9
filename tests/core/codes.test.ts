import { describe, expect, test } from 'vitest';
import { considerCodes, explainCodes, findCodes, ruleFor } from '#core/codes.ts';
import { words } from '#core/codes-words.ts';
import { corpus } from './codes-texts/corpus.ts';

test('there are 300 texts in 30 languages and words for 40', () => {
	expect(corpus.length).toBeGreaterThanOrEqual(300);
	expect(new Set(corpus.map(({ language }) => language)).size).toBeGreaterThanOrEqual(30);
	expect(Object.keys(words).length).toBeGreaterThanOrEqual(40);
});

describe.each([...new Set(corpus.map(({ language }) => language))])('in %s', (language) => {
	const own = corpus.filter((one) => one.language === language);
	test.each(own.filter(({ code }) => code !== null))('the code of “$text” is $code', ({ text, code }) => {
		expect(findCodes(text)[0]?.code).toBe(code);
	});
	const without = own.filter(({ code }) => code === null);
	if (without.length > 0)
		test.each(without)('“$text” holds none', ({ text }) => {
			expect(findCodes(text)).toEqual([]);
		});
});

test('a code is found where it stands in the text as it came', () => {
	for (const { text, code } of corpus) {
		const found = findCodes(text)[0];
		if (!found || code === null) continue;
		expect(found.from).toBeGreaterThanOrEqual(0);
		expect(found.to).toBeLessThanOrEqual(text.length);
		const piece = text.slice(found.from, found.to).normalize('NFKC');
		if (/^[\d\s-]+$/.test(piece) && /^\d/.test(piece)) expect(piece.replace(/\D/g, '').length).toBe(code.length);
	}
	const [found] = findCodes('🦊🦊 code：１２３ ４５６');
	expect(found).toMatchObject({ code: '123456', from: 10, to: 17 });
});

test('both codes of a text are found, the likelier first', () => {
	const codes = findCodes('Your login code is 118823 and your backup code is 664120.').map(({ code }) => code);
	expect(codes).toEqual(['118823', '664120']);
});

test('no text written with one code holds a second', () => {
	const twice = corpus.filter(({ text, code }) => code !== null && !/codes/.test(text) && findCodes(text).length > 1);
	expect(twice).toEqual([]);
});

test('what was found says why, from whom and for how long', () => {
	const [found] = findCodes('Your Lunaro verification code is 482913. It is valid for 10 minutes.');
	expect(found).toMatchObject({ service: 'Lunaro', validSeconds: 600 });
	expect(found!.reasons[0]).toBe('after ‘verification code’');
	expect(found!.score).toBeGreaterThan(0.9);
});

test.each([
	['Lunaro: 482913 is your code', 'Lunaro'],
	['[Lunaro] 482913 is your code', 'Lunaro'],
	['【露娜】您的验证码是482913', '露娜'],
	['482913 is your verification code for Lunaro.', 'Lunaro'],
	['Use 5677 as Tidewater Bank account security code', 'Tidewater Bank'],
	['Your code is 482913\n\n@lunaro.example #482913', 'lunaro.example'],
	['Your code is 482913', null],
	// units that are folded away stand before the sentence that names it
	['\u200b'.repeat(24) + 'Hello there. Ask at the desk. 482913 is your code for Lunaro.', 'Lunaro']
])('“%s” is from %s', (text, service) => {
	expect(findCodes(text)[0]?.service).toBe(service);
});

test.each([
	['Code 482913, valid for 5 min', 300],
	['Code 482913 expires in 90 seconds', 90],
	['Code 482913 gültig für 2 Stunden', 7200],
	['验证码482913，15分钟内有效', 900],
	['Код 482913 действует 3 минуты', 180],
	['Code 482913 is valid until 14:35', null],
	['Code 482913', null]
])('“%s” is valid for %s seconds', (text, seconds) => {
	expect(findCodes(text)[0]?.validSeconds).toBe(seconds);
});

test.each([
	['OTP for card XX4471 is 229018', '4471', 'a masked card or account'],
	['Your code is 118204. Card ending 4471.', '4471', 'the tail of a card or account number'],
	['Code 118204 for $250', '250', 'an amount'],
	['Code 118204, ref 88210', '88210', 'an order, reference or account number'],
	['Code 118204. Call 55012', '55012', 'a number to call or to text'],
	['Code 118204 at https://a.example/882211', '882211', 'part of a link or an address'],
	['Code 118204 until 14:35', '1435', 'a time'],
	['Code 118204 until 12/03/2026', '12032026', 'a date']
])('in “%s” the %s is rejected as %s', (text, code, reason) => {
	const { accepted, rejected } = explainCodes(text);
	expect(accepted).toHaveLength(1);
	const found = rejected.find((one) => one.code.endsWith(code));
	expect(found?.reasons.join('; ')).toContain(reason);
	expect(found!.score).toBeLessThan(0.5);
});

describe('a last line bound to a site', () => {
	test.each([
		['@example.com #747723', '747723'],
		['747723 is your code.\n\n@example.com #747723', '747723'],
		['@example.com #747723 %ecommerce.example', '747723'],
		['@example.com #747723 @frame.example more', '747723'],
		['Hello\r\n@example.com #a1B2-c3', 'a1B2-c3'],
		['@example.com #123', '123'],
		['something @example.com #747723', undefined],
		['#747723 %ecommerce.example @example.com', undefined],
		['@example.com code #747723', undefined],
		['@example.com  #747723', undefined],
		['@example.com 747723', undefined],
		['@ #747723', undefined]
	])('“%s” gives %s', (text, code) => {
		expect(findCodes(text)[0]?.code).toBe(code);
	});

	test('it counts more than any other number in the text', () => {
		expect(findCodes('Your verification code is 111222\n@example.com #747723')[0]).toMatchObject({
			code: '747723',
			service: 'example.com'
		});
	});
});

describe('what an organization knows', () => {
	const unclear = 'Tidewater 5521 welcome';

	test('a service that is waited for is named as the issuer', () => {
		const [found] = findCodes('your lunaro code is 482913', { services: ['Tidewater', 'Lunaro'] });
		expect(found).toMatchObject({ service: 'Lunaro' });
		expect(found!.reasons).toContain('a code of Lunaro is waited for');
	});

	test.each(['448291', ' 448-291\n', '“7741”', '118204.', '٤٤٨٢٩١'])(
		'R5.3 “%s” and nothing else is a code where one is waited for, and only there',
		(text) => {
			expect(findCodes(text)).toEqual([]);
			expect(considerCodes(text)).toMatchObject({ codes: [], unsure: true });
			const [found] = findCodes(text, { services: ['Lunaro'] });
			expect(found?.reasons).toContain('the text is nothing else, and a code is waited for');
			expect(considerCodes(text, { services: ['Lunaro'] }).codes).toEqual([found]);
		}
	);

	test.each([
		'12',
		'448',
		'2026',
		'20261104',
		'020 7946 0018',
		'$4482',
		'448291 118204',
		'448291 ok',
		'STOP',
		'14:35',
		'+448291'
	])('R5.3 “%s” alone is none, whatever is waited for', (text) => {
		expect(findCodes(text, { services: ['Lunaro'] })).toEqual([]);
		expect(considerCodes(text).unsure).toBe(false);
	});

	test('“this is the code” holds for the next text of the same wording', () => {
		expect(findCodes(unclear)).toEqual([]);
		const rules = [ruleFor(unclear, { from: 10, to: 14 }, 'code')];
		expect(findCodes('Tidewater 9034 welcome', { rules })[0]?.code).toBe('9034');
		expect(findCodes('Tidewater 9034 goodbye', { rules })).toEqual([]);
	});

	test('“not a code” holds for the next text of the same wording and of that sender only', () => {
		const text = 'Your club code is 5521';
		const rules = [ruleFor(text, { from: 18, to: 22 }, 'not a code', '+15550100')];
		expect(findCodes(text, { rules, sender: '+15550100' })).toEqual([]);
		expect(findCodes('Your club code is 8812', { rules, sender: '+15550100' })).toEqual([]);
		expect(findCodes(text, { rules, sender: '+15550111' })).toHaveLength(1);
		expect(findCodes(text, { rules })).toHaveLength(1);
	});

	test('what was marked is a code whatever it looks like, and the only one', () => {
		const text = 'Your code is 5521. Say MEADOW at the door, or call 0800 714 888';
		const piece = (part: string) => ({ from: text.indexOf(part), to: text.indexOf(part) + part.length });
		for (const part of ['MEADOW', '0800 714 888']) {
			const found = findCodes(text, { rules: [ruleFor(text, piece(part), 'code')] });
			expect(found.map(({ code }) => code)).toEqual([part.replaceAll(' ', '')]);
		}
	});

	test('a text says by which wordings rules concern it, without its digits, and whether it is unsure', () => {
		const { codes, unsure, wordings } = considerCodes(unclear);
		expect({ codes, unsure, wordings }).toEqual({ codes: [], unsure: false, wordings: ['tidewater \n welcome'] });
		expect(considerCodes('Lunaro code is 482913 and 1122').wordings.join()).not.toMatch(/[1-9]/);
		for (const doubtful of ['Lunaro code ref 482', 'Lunaro verify. 2019 sign in']) {
			expect(considerCodes(doubtful)).toMatchObject({ codes: [], unsure: true });
			expect(findCodes(doubtful, { services: ['Lunaro'] })).toHaveLength(1);
		}
	});
});

test('capitals are read as small letters are, also a Σ at the end of a word', () => {
	expect(findCodes('Ο ΚΩΔΙΚΟΣ ΕΠΑΛΗΘΕΥΣΗΣ ΣΑΣ ΕΙΝΑΙ 482913')).toMatchObject([{ code: '482913' }]);
	expect(findCodes('ΚΩΔΙΚΟΣ 482913')[0]?.score).toBe(findCodes('κωδικός 482913')[0]?.score);
});
