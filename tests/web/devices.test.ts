import { expect, test } from 'vitest';
import { deviceName } from '#lib/server/devices.ts';

test.each([
	['Mozilla/5.0 (X11; Linux x86_64; rv:152.0) Gecko/20100101 Firefox/152.0', 'Firefox on Linux'],
	[
		'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
		'Safari on iOS'
	],
	[
		'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36',
		'Chrome on Windows'
	],
	['', 'Unknown device'],
	['x', 'Unknown device'],
	[null, 'Unknown device']
])('R1.7 a browser that calls itself %s is "%s"', (userAgent, name) => {
	expect(deviceName(userAgent)).toBe(name);
});
