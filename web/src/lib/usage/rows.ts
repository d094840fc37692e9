import { percentOf, spentOf } from '#core/dashboard.ts';
import { dollars, unitPrice } from '#core/money.ts';
import { displayPhone } from '#core/phone-display.ts';
import { monthName, type StatementLine } from '#core/statement.ts';

type Counts = {
	received: number;
	received_segments: number;
	sent: number;
	sent_segments: number;
	delivered: number;
	failed: number;
	micros: number | null;
	requested: number;
	code_received: number;
	missed: number;
};
type NumberUsage = Counts & { id: string; e164: string; label: string; color: number; released: boolean };
type Caller = {
	id: string;
	by_key: boolean;
	name: string | null;
	sent: number;
	sent_segments: number;
	requested: number;
	code_received: number;
	requests: number | null;
};
type Month = {
	month: string;
	received: number;
	sent: number;
	sent_segments: number;
	requested: number;
	requests: number | null;
	money: readonly StatementLine[] | null;
};

const written = (count: number) => count.toLocaleString('en');
const share = (part: number, whole: number) => {
	const percent = percentOf(part, whole);
	return percent === null ? '–' : `${percent}%`;
};

function sumOf(rows: readonly Counts[]): Counts {
	const of = (name: keyof Counts) => rows.reduce((sum, row) => sum + (row[name] ?? 0), 0);
	return {
		...{ received: of('received'), received_segments: of('received_segments'), sent: of('sent') },
		...{ sent_segments: of('sent_segments'), delivered: of('delivered'), failed: of('failed') },
		...{ requested: of('requested'), code_received: of('code_received'), missed: of('missed') },
		micros: rows.some(({ micros }) => micros === null) ? null : of('micros')
	};
}

/** Texts by number, and together. */
export function textRows(numbers: readonly NumberUsage[], seesMoney: boolean) {
	const cells = (row: Counts) => [
		...[row.received, row.sent, row.sent_segments, row.delivered, row.failed].map(written),
		share(row.delivered, row.delivered + row.failed),
		...(seesMoney ? [unitPrice(row.micros ?? 0)] : [])
	];
	return {
		columns: ['In', 'Out', 'Segments out', 'Delivered', 'Not delivered', 'Rate', ...(seesMoney ? ['Cost'] : [])],
		rows: numbers.map((number) => ({ ...about(number), cells: cells(number) })),
		sum: cells(sumOf(numbers))
	};
}

/** Requests for codes by number, and together. */
export function codeRows(numbers: readonly NumberUsage[]) {
	const cells = (row: Counts) => [
		...[row.requested, row.code_received, row.missed].map(written),
		share(row.code_received, row.code_received + row.missed)
	];
	return {
		columns: ['Asked', 'Received', 'Missed', 'Rate'],
		rows: numbers
			.filter(({ requested }) => requested > 0)
			.map((number) => ({ ...about(number), cells: cells(number) })),
		sum: cells(sumOf(numbers))
	};
}

function about({ id, e164, label, color, released }: NumberUsage) {
	const { prefix, rest } = displayPhone(e164);
	return { id, color, name: label, about: `${prefix} ${rest}${released ? ', given back' : ''}` };
}

/** What people and keys did. */
export function callerRows(callers: readonly Caller[], seesMoney: boolean) {
	const nobody = '00000000-0000-0000-0000-000000000000';
	const nameOf = ({ id, by_key, name }: Caller) => {
		if (name) return name;
		if (by_key) return 'A key';
		return id === nobody ? 'By itself, or who has left' : 'Somebody who has left';
	};
	return {
		columns: ['Texts out', 'Segments', 'Codes asked', 'Codes received', ...(seesMoney ? ['API requests'] : [])],
		rows: callers.map((caller) => ({
			id: caller.id,
			name: nameOf(caller),
			...(caller.by_key && { about: 'API key' }),
			cells: [
				...[caller.sent, caller.sent_segments, caller.requested, caller.code_received].map(written),
				...(seesMoney ? [written(caller.requests ?? 0)] : [])
			]
		}))
	};
}

/** The months, the latest first; each leads to itself. */
export function monthRows(months: readonly Month[], seesMoney: boolean, here: string) {
	return {
		columns: ['In', 'Out', 'Segments out', 'Codes asked', ...(seesMoney ? ['API requests', 'Spent'] : [])],
		rows: months.map(({ month, received, sent, sent_segments, requested, requests, money }) => ({
			id: month,
			name: monthName(month),
			href: `${here}?month=${month}`,
			cells: [
				...[received, sent, sent_segments, requested].map(written),
				...(seesMoney ? [written(requests ?? 0), dollars(spentOf(money ?? []))] : [])
			]
		}))
	};
}
