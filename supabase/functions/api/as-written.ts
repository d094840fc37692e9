/** A value as one writes it in TypeScript. */
export const asWritten = (value: object) =>
	JSON.stringify(value, null, '\t')
		.replaceAll(/"([a-z_\d]+)":/g, '$1:')
		.replaceAll('"', "'");
