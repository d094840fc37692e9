/** A chart on a canvas, by uPlot: loaded when one comes into sight, as it weighs more than most pages. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { gridOf, labelledColumns, stacked, toneOf, type ChartData } from './chart.ts';

export type Drawing = {
	/** Draws it, in place of what was drawn before. */
	show(chart: ChartData): void;
	destroy(): void;
};

type Options = {
	/** How a figure is written on the axis. */
	format: (value: number) => string;
	/** The column below the pointer, null when it leaves. */
	onpoint: (column: number | null) => void;
};

type Ink = (name: string) => string;

const caption = 12;
/** A label of the axis below and the air beside it, in px. */
const labelRoom = 96;

/** Draws into an element that has its size already, and again whenever that or the theme changes. */
export function drawChart(place: HTMLElement, options: Options): Drawing {
	const ink = inkOf(place);
	let plot: uPlot | undefined;

	const sizes = new ResizeObserver(() => {
		const { clientWidth: width, clientHeight: height } = place;
		if (plot && width > 0 && (width !== plot.width || height !== plot.height)) plot.setSize({ width, height });
	});
	sizes.observe(place);

	const redraw = () => {
		ink.forget();
		plot?.redraw();
	};
	const wishes = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)'].map((query) => matchMedia(query));
	for (const wish of wishes) wish.addEventListener('change', redraw);
	const theme = new MutationObserver(redraw);
	theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme', 'data-realm'] });

	return {
		show(chart) {
			const { clientWidth: width, clientHeight: height } = place;
			plot?.destroy();
			plot = new uPlot({ ...optionsOf(chart, ink.of, options), width, height }, dataOf(chart), place);
		},
		destroy() {
			sizes.disconnect();
			theme.disconnect();
			for (const wish of wishes) wish.removeEventListener('change', redraw);
			ink.destroy();
			plot?.destroy();
		}
	};
}

/** The tokens as a canvas understands them: a property may hold light-dark(), a computed colour never does. */
function inkOf(place: HTMLElement): { of: Ink; forget(): void; destroy(): void } {
	const probe = document.createElement('span');
	probe.hidden = true;
	place.append(probe);
	const known = new Map<string, string>();
	return {
		of(name) {
			let colour = known.get(name);
			if (colour === undefined) {
				probe.style.color = `var(${name})`;
				colour = getComputedStyle(probe).color;
				known.set(name, colour);
			}
			return colour;
		},
		forget: () => known.clear(),
		destroy: () => probe.remove()
	};
}

const tokens: Readonly<Record<string, string>> = { figure: '--chart', second: '--chart-second' };
const tokenOf = (tone: string) => tokens[tone] ?? `--${tone}`;

function dataOf({ shape, columns, series, before }: ChartData): uPlot.AlignedData {
	const places = columns.map((_, at) => at);
	const figures =
		shape === 'bars' ? stacked(series, columns.length).map(({ to }) => to) : series.map(({ values }) => [...values]);
	// twice: the line, and the halo that lifts it off the bars
	const compared = before ? [[...before.values], [...before.values]] : [];
	return [places, ...figures, ...compared];
}

function optionsOf(chart: ChartData, ink: Ink, { format, onpoint }: Options): Omit<uPlot.Options, 'width' | 'height'> {
	const { columns, before } = chart;
	const [, ...figures] = dataOf(chart);
	const grid = gridOf(figures.flatMap((values) => [...values] as (number | null)[]));
	const top = grid.at(-1) ?? 1;
	const font = `${caption}px ${getComputedStyle(document.body).fontFamily}`;
	const edge = chart.shape === 'bars' ? 0.5 : 0.02 * columns.length;
	const stroke = () => ink('--text-quiet');
	return {
		padding: [caption, 2 * caption, 0, 0],
		legend: { show: false },
		cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
		scales: {
			x: { time: false, range: [-edge, columns.length - 1 + edge] },
			y: { range: [0, top] }
		},
		axes: [
			{
				font,
				stroke,
				size: 28,
				gap: 6,
				grid: { show: false },
				ticks: { show: false },
				border: { show: true, stroke: () => ink('--text-quiet'), width: 1 },
				splits: (plot) => labelledColumns(columns.length, plot.width / labelRoom),
				values: (_plot, places) => places.map((at) => columns[at]?.short ?? '')
			},
			{
				font,
				stroke,
				// room for the longest figure: nothing moves sideways while it is drawn
				size: 12 + 7 * Math.max(...grid.map((value) => format(value).length)),
				gap: 6,
				grid: { stroke: () => ink('--line'), width: 1 },
				ticks: { show: false },
				splits: () => grid,
				values: (_plot, values) => values.map(format)
			}
		],
		series: [
			{},
			...(chart.shape === 'bars' ? bars(chart, ink) : lines(chart, ink)),
			...(before ? comparison(ink) : [])
		],
		hooks: { setCursor: [({ cursor }) => onpoint(cursor.idx ?? null)] }
	};
}

/** Bars upon each other, parted by a hair of the ground; what is not over yet is outlined. */
function bars({ columns, series, unfinished }: ChartData, ink: Ink): uPlot.Series[] {
	const stacks = stacked(series, columns.length);
	const open = (at: number) => unfinished && at === columns.length - 1;
	const each = (colour: (at: number) => string) => columns.map((_, at) => colour(at));
	return series.map((one, place) => {
		const colour = () => ink(tokenOf(toneOf(one, place)));
		const ground = () => ink('--surface');
		return {
			width: 1,
			stroke: colour,
			fill: colour,
			points: { show: false },
			paths: bar({
				size: [0.68, 40],
				radius: place === series.length - 1 ? 0.12 : 0,
				disp: {
					y0: { unit: 1, values: () => stacks[place]?.from ?? [] },
					y1: { unit: 1, values: () => stacks[place]?.to ?? [] },
					fill: { unit: 3, values: () => each((at) => (open(at) ? ground() : colour())) },
					stroke: { unit: 3, values: () => each((at) => (open(at) ? colour() : ground())) }
				}
			})
		};
	});
}

function bar(options: uPlot.Series.BarsPathBuilderOpts): uPlot.Series.PathBuilder {
	if (!uPlot.paths.bars) throw new Error('uPlot comes without bars');
	return uPlot.paths.bars(options);
}

function lines({ series }: ChartData, ink: Ink): uPlot.Series[] {
	return series.map((one, place) => {
		const colour = () => ink(tokenOf(toneOf(one, place)));
		const alone = (at: number) => (one.values[at - 1] ?? one.values[at + 1] ?? null) === null;
		return {
			width: 2,
			stroke: colour,
			points: {
				show: true,
				size: 5,
				fill: colour,
				stroke: colour,
				// a value between two gaps has no line to stand on
				filter: () => one.values.flatMap((value, at) => (value !== null && alone(at) ? [at] : []))
			}
		};
	});
}

const comparison = (ink: Ink): uPlot.Series[] => [
	{ width: 4, stroke: () => ink('--surface'), points: { show: false } },
	{ width: 1.5, dash: [4, 3], stroke: () => ink('--text-quiet'), points: { show: false } }
];
