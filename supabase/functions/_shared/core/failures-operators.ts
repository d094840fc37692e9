/** Refusals in the operators' console, and about support codes. */
export const operatorFailures = {
	operator_session_ended: { status: 401, says: 'This sign-in has ended. Sign in again to go on.' },
	operator_credentials_invalid: { status: 401, says: 'Name and password do not belong together.' },
	operator_code_invalid: { status: 401, says: 'This code is wrong, or was used already. Wait for the next one.' },
	operator_code_needed: {
		status: 403,
		says: 'Type the code that your app shows now: the last one was more than ten minutes ago. Nothing was changed.'
	},
	operator_not_allowed: { status: 403, says: 'Your role as an operator does not allow this. Nothing was changed.' },
	operator_invitation_over: {
		status: 410,
		says: 'This link was used already, or its day is over. Ask an administrator for a new one.'
	},
	last_administrator: { status: 409, says: 'Nobody would be left to administrate. Nothing was changed.' },
	reason_missing: { status: 422, says: 'Say why, in 3 to 500 characters. Nothing was changed.' },
	announcement_invalid: {
		status: 422,
		says: 'Write 3 to 500 characters, and an end that is still to come and after the beginning. Nothing was published.'
	},
	visit_missing: { status: 403, says: 'Say first why you look at this. Nothing was shown.' },
	support_code_invalid: {
		status: 422,
		says: 'This support code is wrong, or its time is over. Ask an owner for a new one.'
	},
	nothing_to_book: { status: 422, says: 'Say an amount of at most 10,000 dollars. Nothing was booked.' }
} as const;
