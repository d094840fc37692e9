import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Gauge, Histogram, Registry } from 'prom-client';

/** What a request was, for counting: its route is null where there is none. */
export type Answered = { route: string | null; method: string; status: number; ms: number };

/** Counts answered requests of one process, and says how it is. */
export function createMeter() {
	const registry = new Registry();
	const seconds = new Histogram({
		name: 'cumapp_http_request_seconds',
		help: 'How long requests took.',
		labelNames: ['route', 'method', 'status'],
		buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
		registers: [registry]
	});
	const delay = monitorEventLoopDelay({ resolution: 20 });
	delay.enable();

	return {
		count({ route, method, status, ms }: Answered): void {
			seconds.observe({ route: route ?? 'none', method, status: `${Math.floor(status / 100)}xx` }, ms / 1000);
		},

		/** In the text format of Prometheus. */
		text(): Promise<string> {
			gauge(registry, 'process_resident_memory_bytes', 'Memory of this process.', [[{}, process.memoryUsage.rss()]]);
			gauge(registry, 'process_uptime_seconds', 'Since when this process runs.', [[{}, process.uptime()]]);
			const late = [[{}, delay.percentile(99) / 1e9]] as const;
			gauge(registry, 'nodejs_eventloop_delay_p99_seconds', 'How late this process comes to its work.', late);
			return registry.metrics();
		}
	};
}

type Labels = Readonly<Record<string, string>>;
type Value = readonly [labels: Labels, value: number | null];

/** Sets a figure that goes up and down, in the place of what it was; what is not known (null) is left out. */
export function gauge(registry: Registry, name: string, help: string, values: readonly Value[]): void {
	registry.removeSingleMetric(name);
	const known = values.filter((each): each is readonly [Labels, number] => each[1] !== null);
	const [first] = known;
	// one without labels would be 0 from the beginning
	if (!first) return;
	const one = new Gauge({ name, help, labelNames: Object.keys(first[0]), registers: [registry] });
	for (const [labels, value] of known) one.set(labels, value);
}

/** This process's own: what it counts is nobody's, and goes with it. */
export const meter = createMeter();
