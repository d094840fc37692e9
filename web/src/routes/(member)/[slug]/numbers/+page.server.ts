import { dueAt, isDue } from '#core/dashboard.ts';
import { deliveredPercent, everyDay, healthOf, sumOf } from '#core/number-usage.ts';
import * as numberOrders from '#lib/server/number-orders.ts';
import * as organizations from '#lib/server/organizations.ts';
import * as ownedNumbers from '#lib/server/owned-numbers.ts';
import type { PageServerLoad } from './$types';

const span = 30;

export const load: PageServerLoad = async ({ locals, url, depends }) => {
	depends('organization:people', 'numbers:usage');
	const { id, capabilities } = locals.me.organization;
	const zone = await organizations.timeZone(locals.database, id);
	const [numbers, usage, wallet] = await Promise.all([
		ownedNumbers.list(locals.database, id),
		ownedNumbers.usage(locals.database, id, zone, { days: span }),
		numberOrders.wallet(locals.database, id, capabilities)
	]);
	const now = Date.now();
	const due = numbers.filter((number) => isDue(number, now));
	const onlyDue = url.searchParams.get('show') === 'due';
	const shown = onlyDue ? due.toSorted((one, other) => (dueAt(one) ?? 0) - (dueAt(other) ?? 0)) : numbers;
	const daysOf = new Map(usage.numbers.map(({ phone_number_id, days }) => [phone_number_id, days]));
	return {
		wallet,
		zone,
		/** Those that are due within 14 days, the next one first, and nothing else; and how many there are. */
		onlyDue,
		due: due.length,
		numbers: shown.map((number) => {
			const days = everyDay(daysOf.get(number.id) ?? [], usage.today, span);
			const total = sumOf(days);
			const today = sumOf(days.slice(-1));
			return {
				...number,
				health: healthOf(number.status, total),
				today: { received: today.received, sent: today.sent },
				total: { received: total.received, sent: total.sent, delivered: deliveredPercent(total), micros: total.micros },
				lastReceivedAt: total.last_received_at,
				trend: days.map(({ received, sent }) => received + sent)
			};
		})
	};
};
