import { expect, test } from 'vitest';
import { dollars, priceParts, unitPrice } from '#core/money.ts';

test('amounts are shown to the cent, and nothing that is shown as zero has a sign', () => {
	const shown = [0, 1_150_000, 84_200_000, 1_234_567_890, 4_999, 5_000, -3_000_000, -4_000].map(dollars);
	expect(shown).toEqual(['$0.00', '$1.15', '$84.20', '$1,234.57', '$0.00', '$0.01', '−$3.00', '$0.00']);
});

test('small prices keep their fractions of a cent, apart from the cents', () => {
	expect([8_300, 10_400, 75_000, 1_150_000].map(unitPrice)).toEqual(['$0.0083', '$0.0104', '$0.075', '$1.15']);
	expect(priceParts(10_400)).toEqual({ whole: '$0.01', fraction: '04' });
	expect(priceParts(1_150_000)).toEqual({ whole: '$1.15', fraction: '' });
});
