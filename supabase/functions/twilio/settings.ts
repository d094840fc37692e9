export type Environment = Readonly<Record<string, string | undefined>>;

export type Settings = {
	accountSid: string | undefined;
	/** One token, or two while the account's token is being changed: TWILIO_AUTH_TOKEN may hold both with a comma. */
	authTokens: readonly string[];
	inboundUrl: string | undefined;
	statusUrl: string | undefined;
};

/** What the environment says; what is missing makes the door stay shut, never open. */
export function settingsOf(env: Environment): Settings {
	return {
		accountSid: env.TWILIO_ACCOUNT_SID,
		authTokens: (env.TWILIO_AUTH_TOKEN ?? '')
			.split(',')
			.map((token) => token.trim())
			.filter(Boolean),
		inboundUrl: env.TWILIO_INBOUND_URL,
		statusUrl: env.TWILIO_STATUS_URL
	};
}
