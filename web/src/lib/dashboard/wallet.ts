import { forecastOf, spentOf, type Month } from '#core/dashboard.ts';
import { dollars, priceParts } from '#core/money.ts';
import { monthName } from '#core/statement.ts';

type Money = Month & {
	month: string;
	balance_micros: number;
	held_micros: number;
	auto_top_up: { threshold_micros: number; amount_micros: number; rests: boolean } | null;
};
type Renewing = {
	id: string;
	label: string;
	color: number;
	renews_at: string | null;
	monthly_micros: number | null;
};

export type WalletWords = ReturnType<typeof walletOf>;

/** The wallet in words. `zone`: the organization's; `now`: ms since 1970. */
export function walletOf(money: Money, numbers: readonly Renewing[], zone: string, now: number) {
	const month = monthName(money.month).split(' ')[0] ?? '';
	const { threshold_micros: threshold = 0, amount_micros: amount = 0, rests } = money.auto_top_up ?? {};
	return {
		...priceParts(money.balance_micros),
		isLow: money.balance_micros < 0,
		rows: [
			{ label: `Spent in ${month}`, says: dollars(spentOf(money.lines)) },
			{ label: `Forecast for ${month}`, says: dollars(forecastOf(money, now)) },
			...(money.held_micros > 0
				? [{ label: 'Set aside for what is under way', says: dollars(money.held_micros) }]
				: []),
			money.auto_top_up
				? { label: `Tops up by itself below ${dollars(threshold)}`, says: rests ? 'rests' : dollars(amount) }
				: { label: 'Tops up by itself', says: 'no' }
		],
		renewals: numbers.slice(0, 3).map(({ id, label, color, renews_at, monthly_micros }) => ({
			...{ id, label, color, price: dollars(monthly_micros ?? 0) },
			day: renews_at
				? new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', timeZone: zone }).format(
						new Date(renews_at)
					)
				: ''
		}))
	};
}
