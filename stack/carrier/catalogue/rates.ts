import type { Text } from '../store.ts';
import { countries } from './countries.ts';
import { findOffered } from './stock.ts';

/** In USD, where the catalogue has no country: as dear as it gets. */
const elsewhere = { outbound: 0.15, inbound: 0.0083 };
const files = { outbound: 0.022, inbound: 0.0165 };

/** What a text cost, in USD with five decimals as Twilio writes it: by the segment, one with files as a whole. */
export function rateOf({
	direction,
	recipient,
	media,
	segments
}: Pick<Text, 'direction' | 'recipient' | 'media' | 'segments'>): string {
	const way = direction === 'inbound' ? 'inbound' : 'outbound';
	if (media !== '[]') return files[way].toFixed(5);
	const each =
		way === 'inbound'
			? Number(findOffered(recipient)?.kind.inbound ?? elsewhere.inbound)
			: Number(countries.find(({ code }) => recipient.startsWith(`+${code}`))?.outbound[0]?.[3] ?? elsewhere.outbound);
	return (each * segments).toFixed(5);
}
