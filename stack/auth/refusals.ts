/** What hosted Auth refuses with: an HTTP status, a code and a sentence. Source: github.com/supabase/auth. */
export class AuthRefusal extends Error {
	readonly status: number;
	readonly code: string;

	constructor(status: number, code: string, message: string) {
		super(message);
		this.status = status;
		this.code = code;
	}

	/** As Auth answers clients that name no version of its API, and as lite does. */
	get body() {
		return { code: this.status, error_code: this.code, msg: this.message };
	}
}

export const tooManyRequests = () => new AuthRefusal(429, 'over_request_rate_limit', 'Request rate limit reached');
export const tooManyLetters = () => new AuthRefusal(429, 'over_email_send_rate_limit', 'email rate limit exceeded');
/** A letter of this kind went out less than max_frequency ago. */
export const tooSoon = (seconds: number) =>
	new AuthRefusal(
		429,
		'over_email_send_rate_limit',
		`For security purposes, you can only request this after ${seconds} seconds.`
	);
export const banned = (status: number, message = 'User is banned') => new AuthRefusal(status, 'user_banned', message);
export const passwordRequired = () =>
	new AuthRefusal(400, 'current_password_required', 'Current password required when setting new password.');
export const passwordInvalid = () => new AuthRefusal(400, 'current_password_invalid', 'Current password is incorrect.');
