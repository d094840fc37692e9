/** The policies that requests are counted by, and their window in seconds. */
export const policies = {
	burst: 60,
	daily: 86_400,
	'organization-burst': 60,
	'organization-daily': 86_400
} as const;

export type Policy = keyof typeof policies;

/** One bucket after a request. */
export type Limit = {
	policy: Policy;
	/** How many requests it holds; over its window as many come back. */
	quota: number;
	/** How many are left. */
	left: number;
	/** Seconds until it is full. */
	reset: number;
	/** Seconds until it holds what was asked for; 0 where it did. */
	wait: number;
};

/** Whether a request may be made, and what is left. */
export type Standing = { admitted: boolean; limits: readonly Limit[] };

/** A day's bucket holds as many as four hours at full speed. */
const minutesADay = 240;
const second = 1_000_000;

/**
 * What is left after a request: for whoever asks, then for the organization if there is one, requests a minute, µs until the burst
 * is full again, and the same of the day.
 */
export function admittedOf(numbers: readonly number[]): Standing {
	const [own, shared] = [numbers.slice(0, 3), numbers.slice(3)] as [Three, Three | []];
	return { admitted: true, limits: [...both('', own), ...(shared.length === 3 ? both('organization-', shared) : [])] };
}

/**
 * Why a request came too soon: for whoever asks and for the organization, in any order, 1 for the organization's or 0, requests a
 * minute, µs until the burst is full, µs until it holds what was asked for, the same of the day.
 */
export function refusedOf(numbers: readonly number[]): Standing {
	const limits: Limit[] = [];
	for (let at = 0; at + 6 <= numbers.length; at += 6) {
		const [shared, perMinute, burst, burstWait, day, dayWait] = numbers.slice(at, at + 6) as Six;
		limits.push(...both(shared ? 'organization-' : '', [perMinute, burst, day], [burstWait, dayWait]));
	}
	// one's own first
	limits.sort((a, b) => order.indexOf(a.policy) - order.indexOf(b.policy));
	return { admitted: false, limits };
}

type Three = [number, number, number];
type Six = [number, number, number, number, number, number];

function both(of: '' | 'organization-', [perMinute, burst, day]: Three, [burstWait, dayWait] = [0, 0]): Limit[] {
	return [limit(`${of}burst`, perMinute, burst, burstWait), limit(`${of}daily`, perMinute * minutesADay, day, dayWait)];
}

const order = Object.keys(policies);

function limit(policy: Policy, quota: number, used: number, wait: number): Limit {
	const step = Math.ceil((policies[policy] * second) / quota);
	return {
		policy,
		quota,
		left: Math.max(Math.floor((step * quota - used) / step), 0),
		reset: Math.ceil(used / second),
		wait: Math.ceil(wait / second)
	};
}

/** The field `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers. */
export function policyField(limits: readonly Limit[]): string {
	return limits.map(({ policy, quota }) => `"${policy}";q=${quota};w=${policies[policy]}`).join(', ');
}

/** The field `RateLimit`: requests left, and seconds until all have come back. */
export function limitField(limits: readonly Limit[]): string {
	return limits.map(({ policy, left, reset }) => `"${policy}";r=${left};t=${reset}`).join(', ');
}

/** Which of them a refused request would have exceeded, the one that has to be waited for longest first. */
export function exceeded(limits: readonly Limit[]): Limit[] {
	return limits.filter(({ wait }) => wait > 0).sort((a, b) => b.wait - a.wait);
}

/** How many requests a minute the plan allows that set a limit: an organization's is twice its plan's. */
export function perMinute({ policy, quota }: Limit): number {
	return quota / (policies[policy] === 60 ? 1 : minutesADay) / (policy.startsWith('organization') ? 2 : 1);
}

/** A sentence for whoever has made too many requests. */
export function tooMany({ policy, quota, wait }: Limit): string {
	const who = policy.startsWith('organization') ? 'This organization' : 'This key or account';
	const window = policies[policy] === 60 ? 'minute' : 'day';
	const until = wait === 1 ? 'in a second' : `in ${grouped(wait)} seconds`;
	return `${who} makes at most ${grouped(quota)} requests a ${window}. Nothing was done; come back ${until}.`;
}

function grouped(count: number): string {
	return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
