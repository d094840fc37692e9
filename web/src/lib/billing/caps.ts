import { microsOfDollars } from '#core/billing.ts';

/** What an organization may allow itself, in the order of its form. */
export const capNames = [
	...(['segments', 'spending', 'verifications', 'numbers', 'members', 'storage', 'requests'] as const)
];
export type CapName = (typeof capNames)[number];
export type Cap = { name: CapName; most: number | null; stops: boolean };

const labels: Readonly<Record<CapName, string>> = {
	segments: 'Segments a month',
	spending: 'Spent from the wallet a month',
	verifications: 'Codes in 24 hours',
	numbers: 'Numbers',
	members: 'Members',
	storage: 'Room for files',
	requests: 'API requests a month'
};
const units: Partial<Record<CapName, string>> = { spending: '$', storage: 'GB' };
const gigabyte = 1e9;

/** A limit of one's own as it is typed. */
export type CapRow = {
	name: CapName;
	label: string;
	/** "$", "GB" */
	unit: string;
	value: string;
	/** What an empty line means: "25", "No limit". */
	otherwise: string;
	stops: boolean;
	/** Nothing is ever stopped by it. */
	onlyTells: boolean;
};

/** `usual`: what the plan has of each. */
export function capRows(usual: readonly { name: string; most: number }[], caps: readonly Cap[]): CapRow[] {
	return capNames.map((name) => {
		const cap = caps.find((one) => one.name === name);
		const most = usual.find((one) => one.name === name)?.most;
		return {
			...{ name, label: labels[name], unit: units[name] ?? '' },
			value: typeof cap?.most === 'number' ? written(name, cap.most) : '',
			otherwise: most === undefined ? 'No limit' : written(name, most),
			stops: cap?.stops ?? false,
			onlyTells: name === 'requests'
		};
	});
}

function written(name: CapName, most: number): string {
	if (name === 'spending') return (most / 1e6).toFixed(2).replace(/\.00$/, '');
	return String(name === 'storage' ? most / gigabyte : most);
}

/** What a form says of each, or which of its fields says nothing that could be. */
export function capsTyped(fields: Readonly<Record<string, string>>): { caps: Cap[] } | { wrong: CapName } {
	const caps: Cap[] = [];
	for (const name of capNames) {
		const typed = (fields[name] ?? '').replaceAll(/[\s,]/g, '');
		const stops = fields[`after_${name}`] === 'stop' && name !== 'requests';
		const most = typed === '' ? null : amountOf(name, typed);
		if (most !== null && !(most <= 1e15 && most >= (name === 'members' ? 1 : 0))) return { wrong: name };
		caps.push({ name, most, stops });
	}
	return { caps };
}

/** NaN for what is none. */
function amountOf(name: CapName, typed: string): number {
	if (name === 'spending') return microsOfDollars(typed) ?? NaN;
	if (name === 'storage') return /^\d{1,6}(\.\d{1,3})?$/.test(typed) ? Math.round(Number(typed) * gigabyte) : NaN;
	return /^\d{1,9}$/.test(typed) ? Number(typed) : NaN;
}

/** What is said beside the field. */
export const capWrong = (name: CapName) =>
	name === 'members' ? 'At least one, or nothing.' : `A number${units[name] ? ` of ${units[name]}` : ''}, or nothing.`;
