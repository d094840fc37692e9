import { missing, moment, text, type Details, type Write } from './details.ts';
import { frame, named } from './frame.ts';

/** Why a key was refused, as its letter says it. */
const reasons: Readonly<Record<string, string>> = {
	mistyped: 'what was sent was mistyped or cut short',
	wrong_secret: 'its beginning was right and its secret was not: somebody may be guessing, or uses an old copy',
	revoked: 'it is revoked, and somebody or something still uses it',
	expired: 'it has expired, and somebody or something still uses it',
	address: 'it was used from an address that it is not allowed from',
	suspended: 'the organization is suspended'
};

/** Letters about API keys, to everybody who may make and revoke them. */
export const keyNotices: Readonly<Record<string, Write>> = {
	/** {organization_name, slug, key_name, prefix, refused_for, address, count} */
	key_refused: ({ organization_name, slug, key_name, prefix, refused_for, address, count }, { appUrl }) => {
		const key = named(text(key_name));
		return frame({
			subject: `The API key ${key} is refused again and again`,
			heading: `The API key ${key} is refused again and again`,
			says: [
				`Within ten minutes ${Number(count)} requests to ${named(text(organization_name))} came with it and were not let in${address ? `, the last one from ${text(address)}` : ''}. The key begins with ${text(prefix)}.`,
				`The last time, ${reasons[text(refused_for)] ?? missing('reason')}. Whoever fails like that is answered later and later. The key itself is not locked: where it is right, it goes on working.`
			],
			button: {
				label: 'See what was refused',
				url: `${appUrl}/${encodeURIComponent(text(slug))}/settings/api-usage#turned-away`
			},
			aside:
				'If the key may be in the wrong hands, rotate or revoke it on the page of API keys. You get this at most once a day for a key.'
		});
	},

	/** {organization_name, slug, days: 7 or 1, keys: [{name, prefix, at}]} */
	key_expires_soon: ({ organization_name, slug, days, keys }, { appUrl, timeZone }) => {
		const told = keysOf(keys);
		const [first, ...others] = told;
		if (!first) return missing('key');
		const which =
			others.length > 0 ? `${told.length} API keys expire` : `The API key ${named(text(first.name))} expires`;
		const within = days === 1 ? 'within a day' : 'within a week';
		return frame({
			subject: `${which} ${within}`,
			heading: `${which} ${within}`,
			says: [
				`Programs that use ${others.length > 0 ? 'these keys' : 'this key'} of ${named(text(organization_name))} are refused from then on.`,
				...told.map(({ name, prefix, at }) => `${named(text(name))} (${text(prefix)}…): ${moment(at, timeZone)}.`),
				'Give it a later last day, or rotate it and hand the new key on in time. What nothing needs any more may simply end.'
			],
			button: { label: 'See the keys', url: `${appUrl}/${encodeURIComponent(text(slug))}/settings/api-keys` },
			aside: 'You get this a week and a day before, because you may make and change API keys here.'
		});
	}
};

function keysOf(keys: unknown): Details[] {
	if (!Array.isArray(keys)) return missing('key');
	return keys.map((key: unknown) => (typeof key === 'object' && key !== null ? (key as Details) : missing('key')));
}
