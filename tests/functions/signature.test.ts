import fc from 'fast-check';
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import { describe, expect, test } from 'vitest';
import { refuseSignature } from '../../supabase/functions/twilio/signature.ts';

const token = 'c'.repeat(32);
const address = 'https://sms.example.com/twilio/inbound';
const form = { Body: 'Hello', To: '+14155550142', MediaUrl: ['b', 'a', 'b'] };

const check = (signature: string, publicUrl = address, requestUrl = 'http://127.0.0.1:9/twilio/inbound') =>
	refuseSignature({ publicUrl, requestUrl, signature, form }, [token]);

test('what Twilio’s own library signs is accepted, whatever the fields, once or repeatedly', () => {
	const value = fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.string(), { minLength: 2, maxLength: 4 }));
	fc.assert(
		fc.property(fc.dictionary(fc.string({ unit: 'binary' }), value), (fields) => {
			const signature = getExpectedTwilioSignature(token, address, fields);
			const request = { publicUrl: address, requestUrl: 'http://127.0.0.1:9/twilio/inbound', signature, form: fields };
			expect(refuseSignature(request, [token])).toBeNull();
			expect(refuseSignature({ ...request, form: { ...fields, Extra: 'x' } }, [token])).toBe('wrong');
		})
	);
});

describe('the forms of our address that a proxy may have made Twilio sign are accepted', () => {
	test.each([
		['as it is configured', address, address],
		['with the standard port', address, 'https://sms.example.com:443/twilio/inbound'],
		['without the port', 'https://sms.example.com:8443/twilio/inbound', address],
		['without its fragment', `${address}#rc=5&rp=all`, address]
	])('%s', (_how, configured, signedAddress) => {
		expect(check(getExpectedTwilioSignature(token, signedAddress, form), configured)).toBeNull();
	});

	test('with the query of the request, exactly as it was sent', () => {
		const query = "?message=it's+one%27s";
		const signature = getExpectedTwilioSignature(token, address + query, form);
		expect(check(signature, address, `http://127.0.0.1:9/twilio/inbound${query}`)).toBeNull();
		expect(check(signature, address, 'http://127.0.0.1:9/twilio/inbound?message=other')).toBe('wrong');
	});
});

test.each(['', 'é'.repeat(14), 'a'.repeat(28), 'a'.repeat(5000)])(
	'a signature that is none (%#) is refused',
	(signature) => {
		expect(check(signature)).toBe(signature === '' ? 'missing' : 'wrong');
	}
);
