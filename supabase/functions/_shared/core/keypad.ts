const keys: Readonly<Record<string, string>> = Object.fromEntries(
	['ABC', 'DEF', 'GHI', 'JKL', 'MNO', 'PQRS', 'TUV', 'WXYZ'].flatMap((letters, at) =>
		[...letters].map((letter) => [letter, String(at + 2)])
	)
);

/** Letters as they stand on the keys of a phone (ITU-T E.161): 'PIZZA' → '74992'. Everything else stays. */
export function lettersToDigits(text: string): string {
	return text.toUpperCase().replace(/[A-Z]/g, (letter) => keys[letter] ?? letter);
}
