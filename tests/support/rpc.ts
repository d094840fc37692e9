import { env } from './browsers.ts';
import type { Person } from './people.ts';

/** A verb of the Data API as somebody asks it past our pages. Throws what it was refused with, its slug among it. */
export async function rpc(person: Pick<Person, 'accessToken'>, verb: string, args: object): Promise<unknown> {
	const response = await fetch(`${env.SUPABASE_URL}/rest/v1/rpc/${verb}`, {
		method: 'POST',
		headers: {
			apikey: env.SUPABASE_PUBLISHABLE_KEY,
			authorization: `Bearer ${person.accessToken}`,
			'content-type': 'application/json',
			'content-profile': 'api'
		},
		body: JSON.stringify(args)
	});
	const text = await response.text();
	if (!response.ok) throw new Error(`${verb} answered ${response.status}: ${text}`);
	return text ? JSON.parse(text) : null;
}
