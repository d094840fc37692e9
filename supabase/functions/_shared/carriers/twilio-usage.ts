import { microsOf } from '../core/number-catalogue.ts';
import type { Carrier, CarrierUsage } from './port.ts';
import { read, type Connection } from './twilio-connection.ts';

type UsageRecord = { category: string; count: string; price: string | number; price_unit: string };
type Page = { usage_records: UsageRecord[]; next_page_uri: string | null };

const categories = ['sms-inbound', 'sms-outbound', 'mms-inbound', 'mms-outbound'] as const;

/** Twilio's usage records (twilio.com/docs/usage/api/usage-record) behind the carrier port. */
export function usageRecords({ account, ask, patience }: Connection): Pick<Carrier, 'usage'> {
	return {
		async usage(day) {
			const query = new URLSearchParams({ StartDate: day, EndDate: day, PageSize: '1000' });
			const found: UsageRecord[] = [];
			const signal = patience();
			let path: string | null = `${account}/Usage/Records/Daily.json?${query}`;
			while (path !== null) {
				const page: Page = await read<Page>(await ask(path, signal));
				found.push(...page.usage_records);
				path = page.next_page_uri;
			}
			return categories.map((category) =>
				asUsage(
					category,
					found.find((each) => each.category === category)
				)
			);
		}
	};
}

/** What is not listed was not used. Throws where something is no number. */
function asUsage(category: CarrierUsage['category'], record: UsageRecord | undefined): CarrierUsage {
	if (!record) return { category, texts: 0, priceMicros: 0 };
	const price = microsOf(String(record.price));
	if (!/^\d{1,15}$/.test(record.count) || price === null)
		throw new Error('the carrier answered with something that is no usage');
	return {
		category,
		texts: Number(record.count),
		priceMicros: record.price_unit.toUpperCase() === 'USD' ? price : null
	};
}
