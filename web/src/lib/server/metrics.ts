import { monitorEventLoopDelay } from 'node:perf_hooks';

/** In seconds: where the buckets of durations end. */
const ends = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

type Series = { count: number; seconds: number; within: number[] };

/** What a request was, for counting: its route is null where there is none. */
export type Answered = { route: string | null; method: string; status: number; ms: number };

export type Meter = ReturnType<typeof createMeter>;

/** Counts answered requests of one process, in the text format of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats). */
export function createMeter() {
	const series = new Map<string, Series>();
	const delay = monitorEventLoopDelay({ resolution: 20 });
	delay.enable();

	return {
		count({ route, method, status, ms }: Answered): void {
			const labels = written({ route: route ?? 'none', method, status: `${Math.floor(status / 100)}xx` });
			let one = series.get(labels);
			if (!one) series.set(labels, (one = { count: 0, seconds: 0, within: ends.map(() => 0) }));
			one.count++;
			one.seconds += ms / 1000;
			one.within = one.within.map((count, place) => (ms / 1000 <= (ends[place] ?? 0) ? count + 1 : count));
		},

		text(): string {
			const requests = [...series].flatMap(([labels, { count, seconds, within }]) => [
				...ends.map((end, place) => `cumapp_http_request_seconds_bucket{${labels},le="${end}"} ${within[place]}`),
				`cumapp_http_request_seconds_bucket{${labels},le="+Inf"} ${count}`,
				`cumapp_http_request_seconds_sum{${labels}} ${seconds}`,
				`cumapp_http_request_seconds_count{${labels}} ${count}`
			]);
			return [
				'# TYPE cumapp_http_request_seconds histogram',
				...requests,
				...gauges('process_resident_memory_bytes', [[{}, process.memoryUsage.rss()]]),
				...gauges('process_uptime_seconds', [[{}, process.uptime()]]),
				...gauges('nodejs_eventloop_delay_p99_seconds', [[{}, delay.percentile(99) / 1e9]])
			].join('\n');
		}
	};
}

type Labels = Readonly<Record<string, string>>;

/** Lines of one figure that goes up and down; what is not known (null) has none. */
export function gauges(name: string, values: readonly (readonly [Labels, number | null])[]): string[] {
	const known = values.filter(([, value]) => value !== null);
	return [
		`# TYPE ${name} gauge`,
		...known.map(([labels, value]) => {
			const text = written(labels);
			return `${name}${text && `{${text}}`} ${value}`;
		})
	];
}

function written(labels: Labels): string {
	return Object.entries(labels)
		.map(
			([name, value]) => `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
		)
		.join();
}

/** This process's own: what it counts is nobody's, and goes with it. */
export const meter = createMeter();
