/** Money as people read it. It is counted in micros, 10⁻⁶ USD, as whole numbers; only what is shown is rounded. */

const cents = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const fine = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 4 });

/** An amount to the cent, "$1.15", "−$3.00": what is paid, held or there. */
export function dollars(micros: number): string {
	return signed(micros, cents);
}

/** The price of one small thing, to a hundredth of a cent, "$0.0104"; no more decimals than it has, and never below two. */
export function unitPrice(micros: number): string {
	return signed(micros, fine);
}

/** The same in two parts, so that a page can set fractions of a cent quietly: "$0.01" and "04". */
export function priceParts(micros: number): { whole: string; fraction: string } {
	const price = unitPrice(micros);
	const end = price.indexOf('.') + 3;
	return { whole: price.slice(0, end), fraction: price.slice(end) };
}

function signed(micros: number, format: Intl.NumberFormat): string {
	const shown = format.format(Math.abs(micros) / 1_000_000);
	return `${micros < 0 && /[1-9]/.test(shown) ? '−' : ''}$${shown}`;
}
