import { keyScopes, scopeNames } from '#core/key-scopes.ts';

const resources: Readonly<Record<string, string>> = {
	messages: 'Texts',
	conversations: 'Conversations',
	contacts: 'Contacts',
	opt_outs: 'Opt-outs',
	numbers: 'Numbers',
	number_orders: 'Buying numbers',
	verifications: 'Codes',
	usage: 'Usage',
	webhooks: 'Webhooks'
};

/** What scopes are about: "messages:read" is about texts. */
function resourceOf(scope: string): string {
	const name = scope.slice(0, scope.indexOf(':'));
	return resources[name] ?? name;
}

/** What a form offers: each resource with its scopes in words. The server says them, browsers need no list of their own. */
export function offeredScopes() {
	return Array.from(Map.groupBy(scopeNames, resourceOf), ([resource, names]) => ({
		resource,
		scopes: names.map((name) => ({ name: name as string, says: keyScopes[name].says as string }))
	}));
}
export type OfferedScopes = ReturnType<typeof offeredScopes>;
