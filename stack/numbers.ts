import type { Environment } from './environment.ts';
import { connect } from './platform.ts';

type Page = { incoming_phone_numbers: { phone_number: string }[]; next_page_uri: string | null };

/**
 * Tells the carrier simulator which numbers are ours and where their texts go, as a purchase would have done.
 * Numbers it knows already are left alone.
 */
export async function registerNumbers(environment: Environment): Promise<void> {
	const ours = await ownNumbers(environment.DATABASE_URL);
	const { TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, CARRIER_URL, TWILIO_INBOUND_URL, TWILIO_STATUS_URL } = environment;
	const call = async (path: string, form?: Record<string, string>) => {
		const response = await fetch(new URL(path, CARRIER_URL), {
			method: form ? 'POST' : 'GET',
			headers: { authorization: `Basic ${btoa(`${TWILIO_ACCOUNT_SID}:${TWILIO_AUTH_TOKEN}`)}` },
			body: form ? new URLSearchParams(form) : null
		});
		if (!response.ok) throw new Error(`the carrier answered ${response.status}: ${await response.text()}`);
		return (await response.json()) as unknown;
	};

	const list = `/2010-04-01/Accounts/${TWILIO_ACCOUNT_SID}/IncomingPhoneNumbers.json`;
	const known = new Set<string>();
	for (let path: string | null = `${list}?PageSize=1000`; path;) {
		const page = (await call(path)) as Page;
		for (const { phone_number } of page.incoming_phone_numbers) known.add(phone_number);
		path = page.next_page_uri;
	}
	for (const { e164, label } of ours.filter((number) => !known.has(number.e164))) {
		await call(list, {
			PhoneNumber: e164,
			FriendlyName: label,
			// without this the carrier tries again only where it could not connect
			SmsUrl: `${TWILIO_INBOUND_URL}#rc=5&rp=all`,
			StatusCallback: TWILIO_STATUS_URL
		});
	}
}

async function ownNumbers(databaseUrl: string): Promise<{ e164: string; label: string }[]> {
	const sql = connect(databaseUrl);
	try {
		const [{ exists } = { exists: false }] = await sql<{ exists: boolean }[]>`
			select to_regclass('public.phone_numbers') is not null as exists`;
		if (!exists) return [];
		const known = await sql<{ e164: string; label: string }[]>`
			select e164, label from public.phone_numbers where released_at is null`;
		// between these the platform texts itself; it does not know them before it does
		const own = (process.env.PLATFORM_NUMBERS ?? '').split(',').filter((e164) => e164 !== '');
		return [...known, ...own.map((e164) => ({ e164, label: 'The platform’s own' }))];
	} finally {
		await sql.end();
	}
}
