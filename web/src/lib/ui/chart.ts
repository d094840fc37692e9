/** What a chart shows, and the round figures of its axes; `draw-chart.ts` puts it on a canvas. */

/** A colour by what it says: look.md "Chart". Numbers have theirs. */
export type ChartTone =
	'figure' | 'second' | 'success' | 'warning' | 'danger' | `number-${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8}`;

export type ChartSeries = {
	/** "Out": stands in the legend and above the table's column. */
	name: string;
	/** One for each column; null where there is nothing to say. */
	values: readonly (number | null)[];
	/** The first is `figure` and the second `second`, unless they say otherwise. */
	tone?: ChartTone;
};

export type ChartColumn = {
	/** Below the axis: "25 Oct", "10:40". */
	short: string;
	/** In the table and beside the pointer: "Sunday, 25 October"; the short one where it says enough. */
	long?: string;
};

export type ChartShape = 'bars' | 'lines';

export type ChartData = {
	shape: ChartShape;
	columns: readonly ChartColumn[];
	/** Bars stand upon each other, the first at the bottom; lines run over each other. */
	series: readonly ChartSeries[];
	/** The period before, column by column: a dashed line. */
	before?: ChartSeries | undefined;
	/** The last column is not over yet: outlined, not filled. */
	unfinished: boolean;
};

/** Tones by their place, for series that name none. */
export const tonesInOrder = [
	'figure',
	'second',
	'number-2',
	'number-4',
	'number-5',
	'number-3',
	'number-6'
] as const satisfies readonly ChartTone[];

export function toneOf(series: ChartSeries, place: number): ChartTone {
	return series.tone ?? tonesInOrder[place % tonesInOrder.length] ?? 'figure';
}

/** Where each bar of a stack begins and ends: sums from the bottom up. */
export function stacked(series: readonly ChartSeries[], columns: number): { from: number[]; to: number[] }[] {
	const reached = Array.from({ length: columns }, () => 0);
	return series.map(({ values }) => {
		const from = [...reached];
		for (let at = 0; at < columns; at++) reached[at] = (reached[at] ?? 0) + (values[at] ?? 0);
		return { from, to: [...reached] };
	});
}

/** The axis' round figures, from 0: four lines above it at most, whole steps where all values are whole. */
export function gridOf(values: readonly (number | null)[]): number[] {
	const known = values.filter((value) => value !== null);
	const most = Math.max(0, ...known);
	if (most === 0) return [0, 1];
	const whole = known.every(Number.isInteger);
	const power = 10 ** Math.floor(Math.log10(most / 4));
	const steps = [1, 2, 2.5, 5, 10].map((each) => each * power);
	const step = steps.find((each) => (!whole || Number.isInteger(each)) && each * 4 >= most) ?? Math.max(1, power * 10);
	return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, at) => Number((at * step).toPrecision(12)));
}

/** Which columns have a label, counted from the latest, so that there are `room` of them at most. */
export function labelledColumns(columns: number, room: number): number[] {
	const stride = Math.max(1, Math.ceil(columns / Math.max(1, room)));
	return Array.from({ length: Math.ceil(columns / stride) }, (_, at) => columns - 1 - at * stride).reverse();
}
