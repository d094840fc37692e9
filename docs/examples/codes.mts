/** What the API says of a request for a code, as far as a test looks at it. */
export type Verification = {
	id: string;
	/** To be typed into the site. */
	number_e164: string;
	status: 'waiting' | 'code_received' | 'completed' | 'expired' | 'cancelled' | 'filtered';
	code: string | null;
};

/** Asks for a code, waits until it has been texted, says that it was used. */
export function verificationClient({ url, key }: { url: string; key: string }) {
	async function call(path: string, body?: object): Promise<Verification> {
		const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
		const once = { 'idempotency-key': crypto.randomUUID() };
		for (;;) {
			const response = await fetch(
				`${url}/v1/verifications${path}`,
				body ? { method: 'POST', headers: { ...headers, ...once }, body: JSON.stringify(body) } : { headers }
			);
			if (response.ok) return (await response.json()) as Verification;
			const seconds = response.headers.get('retry-after');
			if (seconds === null) throw new Error(`${response.status} ${await response.text()}`);
			await new Promise((done) => setTimeout(done, Number(seconds) * 1000));
		}
	}

	return {
		/** Before the site is told to text. Any of your numbers that suits is taken. */
		request: (service: string) => call('', { service, ttl_seconds: 120 }),

		/** The code as soon as it is there; each call waits half a minute for it. */
		async code(id: string): Promise<string> {
			for (;;) {
				const { status, code } = await call(`/${id}?wait=30`);
				if (code !== null) return code;
				if (status !== 'waiting') throw new Error(`No code: the request is ${status}.`);
			}
		},

		complete: (id: string) => call(`/${id}/complete`, {})
	};
}
