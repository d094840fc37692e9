import { expect, test } from 'vitest';
import { receivedCodes } from '#core/received-codes.ts';

/** A text's likeliest code, and how else it stands there. */
function formsIn(body: string) {
	const [first] = receivedCodes(body, '+15550100').codes;
	return first && { code: first.code, forms: [...first.forms].sort() };
}

test('R5.3 a code is known in every way in which it is written in its text', () => {
	expect(formsIn('Your code is 123 456.\n\n@example.com #123456')).toEqual({
		code: '123456',
		forms: ['123 456', '123456']
	});
	expect(formsIn('Your code is 482 910. Type 482-910 or 4 8 2 9 1 0, call nobody.')).toEqual({
		code: '482910',
		forms: ['4 8 2 9 1 0', '482 910', '482-910']
	});
	expect(formsIn('Use ١٢٣٤٥٦ as code. 123456')).toEqual({ code: '123456', forms: ['123456', '١٢٣٤٥٦'] });
	expect(formsIn('code: AB12CD. Enter ab12cd')).toEqual({ code: 'AB12CD', forms: ['AB12CD', 'ab12cd'] });
	expect(formsIn('G-602931 is your Google code. Type 602 – 931.')?.forms).toEqual(
		expect.arrayContaining(['602 – 931', '602931'])
	);
});

test('R5.3 nothing else is taken for it', () => {
	expect(formsIn('Your code is 1234. Call 01234, or come at 12 ... 34.')?.forms).toEqual(['1234']);
	expect(formsIn('Your code: REACT. A reaction helps.')?.forms).toEqual([]);
	// characters of two units before it keep its place
	expect(formsIn('🎉🎉 Your code is 77 88 99, 🎉 778899')?.forms.sort()).toEqual(['77 88 99', '778899']);
});
