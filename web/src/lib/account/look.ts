import { invalidate, invalidateAll } from '$app/navigation';
import { coalesce } from '#lib/realtime/coalesce.ts';

/** What pages that show people or their rights depend on. */
export const peopleKey = 'organization:people';

type Organization = {
	id: string;
	slug: string;
	name: string;
	role: string;
	logo_path: string | null;
	suspended_at: string | null;
};
type Standing = { organizations: Organization[]; numbers: string; people: string; notified: number };

const shown = ({ name, role, logo_path, suspended_at }: Organization) =>
	JSON.stringify([name, role, logo_path, suspended_at]);

/**
 * How an open page follows what becomes of its person's place in the organization: led home where they no longer belong to
 * it, to its new address where it has moved, and read anew where their role, its name or their numbers changed.
 * @param here the organization as the page shows it
 * @param onnotified how many notifications are unread in it
 */
export function lookAfter(
	here: () => Organization,
	onnotified: (count: number) => void = () => undefined
): (news: boolean) => Promise<void> {
	let numbers: string | undefined;
	let people: string | undefined;
	let news = false;
	const look = coalesce(async () => {
		const told = news;
		news = false;
		const mine = here();
		const response = await fetch(`/session/standing?${new URLSearchParams({ organization: mine.id })}`, {
			headers: { accept: 'application/json' },
			cache: 'no-store'
		});
		// ended or expired: watch-session.ts or the inbox leaves the page, or asks for the password over it
		if (response.status === 401) return;
		// suspended: the guard of the page says it
		if (response.status === 403) return invalidateAll();
		if (!response.ok) throw new Error(`the standing was answered with ${response.status}`);
		const standing = (await response.json()) as Standing;
		const now = standing.organizations.find(({ id }) => id === mine.id);
		// the page may show another organization by now
		if (here().id !== mine.id) return;
		// seldom: fetched when it happens
		if (now?.slug !== mine.slug) {
			const moves = await import('./moves.ts');
			return now ? moves.follow(mine.slug, now.slug) : moves.goHome(standing.organizations, mine.name);
		}
		onnotified(standing.notified);
		const before = numbers;
		numbers = standing.numbers;
		if (shown(now) !== shown(mine) || (before !== undefined && before !== numbers)) return invalidateAll();
		const others = people !== undefined && people !== standing.people;
		people = standing.people;
		if (told || others) await (before === undefined ? invalidateAll() : invalidate(peopleKey));
	});
	return (isNews) => {
		news ||= isNews;
		return look();
	};
}
