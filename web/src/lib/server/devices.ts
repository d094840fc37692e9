import Bowser from 'bowser';

/** What a browser calls itself, for people: "Firefox on Linux". Said by the browser, so no proof of anything. */
export function deviceName(userAgent: string | null): string {
	if (!userAgent) return 'Unknown device';
	const { browser, os } = Bowser.parse(userAgent);
	if (!browser.name) return 'Unknown device';
	return os.name ? `${browser.name} on ${os.name}` : browser.name;
}
