import { Webhook } from 'standardwebhooks';

/** The event, or null where it was not us who sent it. */
export async function read(request: Request, secret: string): Promise<{ type: string; data: object } | null> {
	const body = await request.text();
	try {
		new Webhook(secret).verify(body, Object.fromEntries(request.headers));
	} catch {
		// forged, changed on its way, or too old
		return null;
	}
	return JSON.parse(body);
}
