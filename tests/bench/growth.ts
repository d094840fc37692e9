import { grow, type Grown } from './grown.ts';
import { median, type Result } from './measure.ts';
import { pages } from './pages.ts';
import { requests } from './requests.ts';
import { serverTime } from './server-time.ts';

const rounds = 7;
const callsPerRound = 10;
const round = (n: number) => (n >= 1_000_000 ? `${n / 1_000_000} M` : `${n / 1000} k`);

type Samples = { name: string; kind: 'page' | 'request'; times: Map<number, { rls: number[]; free: number[] }> };

/**
 * What years of data cost: 10 k, 100 k and 1 M messages (10 M with `--huge`), each in a database of its own, all measured
 * in turns. Growth is the last size against the first, of server time as `authenticated`.
 */
export async function growth(): Promise<Result[]> {
	const sizes = [10_000, 100_000, 1_000_000, ...(process.argv.includes('--huge') ? [10_000_000] : [])];
	const grown: Grown[] = [];
	try {
		for (const size of sizes) grown.push(await grow(size));
		return results(await measure(grown), sizes, grown);
	} finally {
		for (const one of grown) await one.stop();
	}
}

async function measure(grown: readonly Grown[]): Promise<Samples[]> {
	const samples = new Map<string, Samples>();
	const of = (name: string, kind: Samples['kind'], size: number) => {
		const sample = samples.get(name) ?? { name, kind, times: new Map() };
		samples.set(name, sample);
		const times = sample.times.get(size) ?? { rls: [], free: [] };
		sample.times.set(size, times);
		return times;
	};
	const prepared = await Promise.all(
		grown.map(async (one) => {
			const statements = await pages(one);
			for (const [at, [, query]] of Object.entries(statements).entries()) {
				for (const connection of [one.member, one.free]) await connection.unsafe(`prepare page_${at} as ${query}`);
			}
			return { one, names: Object.keys(statements), functions: await requests(one) };
		})
	);
	// the first turn warms caches and plans and is not counted
	for (let turn = 0; turn <= rounds; turn++) {
		for (const { one, names, functions } of prepared) {
			for (const [at, name] of names.entries()) {
				const times = { rls: await some(one.member, at), free: await some(one.free, at) };
				if (turn > 0) of(name, 'page', one.messages).rls.push(times.rls);
				if (turn > 0) of(name, 'page', one.messages).free.push(times.free);
			}
			for (const [name, call] of Object.entries(functions)) {
				const time = await call();
				if (turn > 0) of(name, 'request', one.messages).rls.push(time);
			}
		}
	}
	return [...samples.values()];
}

/** The median of a turn's calls: whoever else the machine works for hits some of them, not most. */
async function some(connection: Grown['member'], at: number): Promise<number> {
	const times: number[] = [];
	for (let call = 0; call < callsPerRound; call++) times.push(await serverTime(connection, `execute page_${at}`));
	return median(times);
}

function results(samples: readonly Samples[], sizes: readonly number[], grown: readonly Grown[]): Result[] {
	const [first = 0] = sizes;
	const last = sizes.at(-1) ?? 0;
	const made = grown.at(-1);
	const time = (name: string, size: number, kind: 'rls' | 'free' = 'rls') =>
		median(samples.find((sample) => sample.name === name)?.times.get(size)?.[kind] ?? []);
	const compared = (name: string, ratio: number, bar: number, figures: Record<string, number>): Result => ({
		...{ name, ratio, bar: `≤ ${bar}`, holds: ratio <= bar, figures }
	});
	const grew = samples.map(({ name, kind }) => {
		const figures = sizes.flatMap((size) => [
			[`ms at ${round(size)}`, time(name, size)] as const,
			...(kind === 'page'
				? [[`÷ without RLS at ${round(size)}`, time(name, size) / time(name, size, 'free')] as const]
				: [])
		]);
		const title = `${name}: growth from ${round(first)} to ${round(last)} messages`;
		const result = compared(title, time(name, last) / time(name, first), 1.5, Object.fromEntries(figures));
		return kind === 'page' ? result : { ...result, bar: 'none, for a request', holds: true };
	});
	const half = Math.floor((made?.longest.messages ?? 0) / 2);
	const [near, far] = [time('thread page, first', last), time('thread page, half way', last)];
	return [
		...grew,
		...['inbox page', 'unread counts of 50'].map((name) => {
			const [rls, free] = [time(name, last), time(name, last, 'free')];
			const figures = { 'ms under RLS': rls, 'ms without': free };
			return compared(`${name} at ${round(last)}: time under RLS against without`, rls / free, 2, figures);
		}),
		compared(`thread page at message ${half} against the first`, far / near, 1.5, { 'first ms': near, 'far ms': far }),
		compared(
			`generating ${round(last)} messages, seconds against 60 a million`,
			(made?.seconds ?? 0) / ((last / 1e6) * 60),
			1,
			{
				seconds: made?.seconds ?? 0
			}
		)
	];
}
