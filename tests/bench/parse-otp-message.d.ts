/** The package brings no types. */
declare module 'parse-otp-message' {
	export default function parse(message: string): { code?: string; service?: string } | undefined;
}
