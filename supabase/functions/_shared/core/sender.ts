/** Whether a sender can be texted or at least named: E.164, a short code, a name; not the address of another channel. */
export function isSender(from: string): boolean {
	return /^\+[1-9]\d{6,14}$/.test(from) || /^\P{Cc}{1,15}$/u.test(from);
}
