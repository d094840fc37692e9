import {
	changeOf,
	filled,
	forecastOf,
	percentOf,
	spentOf,
	total,
	type CodeDay,
	type Month,
	type Span,
	type TextDay
} from '#core/dashboard.ts';
import { dollars, priceParts } from '#core/money.ts';

/** A figure as it is shown, with the time before, and the page that tells where it comes from. */
export type Figure = {
	label: string;
	whole: string;
	/** Quiet: "%", cents' fractions. */
	fraction: string;
	change: { rises: boolean; says: string; isBad: boolean } | null;
	note: string;
	href: string;
	/** From the first day to today. */
	trend: number[];
};

type Told = {
	today: string;
	texts: readonly TextDay[];
	verifications: readonly CodeDay[];
	money: Month | null;
};

const noTexts = { received: 0, sent: 0, delivered: 0, failed: 0 };
const noCodes = { requested: 0, code_received: 0, missed: 0 };
const written = (count: number) => count.toLocaleString('en');

/** Every day of a time and of the one before, the oldest first. */
function timesOf<T extends { day: string }>(rows: readonly T[], today: string, span: number, none: Omit<T, 'day'>) {
	const days = filled(rows, today, 2 * span, none);
	return { now: days.slice(span), before: days.slice(0, span) };
}

function countFigure<T>(label: string, time: { now: T[]; before: T[] }, of: (day: T) => number, href: string): Figure {
	const [now, before] = [total(time.now, of), total(time.before, of)];
	const change = changeOf(now, before);
	return {
		...{ label, href, whole: written(now), fraction: '', note: `before: ${written(before)}` },
		change: change === null ? null : { rises: change >= 0, says: `${Math.abs(change)}%`, isBad: false },
		trend: time.now.map(of)
	};
}

type Share<T> = { label: string; part: (day: T) => number; whole: (day: T) => number; note: string; href: string };

function shareFigure<T>(time: { now: T[]; before: T[] }, { label, part, whole, note, href }: Share<T>): Figure {
	const of = (days: T[]) => percentOf(total(days, part), total(days, whole));
	const [now, before] = [of(time.now), of(time.before)];
	const change = now === null || before === null ? null : Math.round((now - before) * 10) / 10;
	return {
		...{ label, note, href, whole: now === null ? '–' : String(now), fraction: now === null ? '' : '%' },
		change: change === null ? null : { rises: change >= 0, says: String(Math.abs(change)), isBad: change < 0 },
		trend: time.now.map((day) => of([day]) ?? 0)
	};
}

/**
 * The figures at the top: texts, how many arrived, codes, and what the month costs for who may know. `home`: the organization's
 * address; `now`: ms since 1970.
 */
export function figuresOf(told: Told, span: Span, home: string, now: number): Figure[] {
	const texts = timesOf(told.texts, told.today, span, noTexts);
	const codes = timesOf(told.verifications, told.today, span, noCodes);
	const usage = `${home}/settings/usage?days=${span}`;
	const failed = total(texts.now, (day) => day.failed);
	return [
		countFigure('Texts in', texts, (day) => day.received, `${usage}#numbers`),
		countFigure('Texts out', texts, (day) => day.sent, `${usage}#numbers`),
		shareFigure(texts, {
			label: 'Delivered',
			part: (day) => day.delivered,
			whole: (day) => day.delivered + day.failed,
			note: `${written(failed)} not delivered`,
			href: `${usage}#numbers`
		}),
		shareFigure(codes, {
			label: 'Codes received',
			part: (day) => day.code_received,
			whole: (day) => day.code_received + day.missed,
			note: `of ${written(total(codes.now, (day) => day.requested))} asked`,
			href: `${usage}#codes`
		}),
		...(told.money ? [costFigure(told.money, home, now)] : [])
	];
}

function costFigure(money: Month, home: string, now: number): Figure {
	const { whole, fraction } = priceParts(Math.round(spentOf(money.lines) / 10_000) * 10_000);
	const cents = whole.length - 3;
	return {
		label: 'Cost this month',
		whole: whole.slice(0, cents),
		fraction: whole.slice(cents) + fraction,
		change: null,
		note: `Forecast: ${dollars(forecastOf(money, now))}`,
		href: `${home}/settings/statement`,
		trend: []
	};
}

/** The chart's days: as many as are looked back on, a week at least. */
export function chartOf({ texts, today }: Pick<Told, 'texts' | 'today'>, span: Span) {
	const days = Math.max(span, 7);
	const { now, before } = timesOf(texts, today, days, noTexts);
	return { days: now, before };
}
