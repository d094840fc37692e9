/** Random settings and events, and what was asked for with them, as the settings page says it. */
import fc from 'fast-check';
import { can, type Capability } from '#core/capabilities.ts';
import { emailChoicesOf, notificationDefaults, notificationEvents, type Choice } from '#core/notifications.ts';

/** Two numbers of the first organization, one of the second. */
export const places = [
	{ organization: 0, number: 0 },
	{ organization: 0, number: 1 },
	{ organization: 1, number: 2 }
] as const;
type Place = 0 | 1 | 2;

/** For an organization, or (`number`) otherwise for one of its numbers. */
export type Chosen = Choice & { organization: 0 | 1; number: Place | null };
export type Reader = {
	role: 'admin' | 'member';
	devices: number;
	chosen: Chosen[];
	quiet: boolean;
	mentionsBreakThrough: boolean;
};
export type Happening = {
	event: Choice['event'];
	place: Place;
	/** Whose conversation, text, request or file it is, of the readers. */
	whom: 0 | 1;
	/** Not by the owner: whose it is did it. */
	byThemself: boolean;
};
export type Plan = {
	readers: [Reader, Reader];
	happenings: Happening[];
	/** After which happening the worker is killed; null: never. */
	killAfter: number | null;
};

/** One of them is told of it so. */
export type Asked = { reader: 0 | 1; choice: Choice };

const happensAtNumbers = new Map(notificationDefaults.map(({ event, per_number }) => [event, per_number]));

const chosen: fc.Arbitrary<Chosen> = fc
	.record({
		event: fc.constantFrom(...notificationEvents),
		place: fc.constantFrom<Place>(0, 1, 2),
		isForNumber: fc.boolean(),
		bell: fc.boolean(),
		push: fc.boolean()
	})
	.chain(({ place, isForNumber, ...channels }) =>
		fc.constantFrom(...emailChoicesOf(channels.event)).map((email) => ({
			...channels,
			email,
			organization: places[place].organization,
			number: isForNumber && happensAtNumbers.get(channels.event) ? place : null
		}))
	);

const reader: fc.Arbitrary<Reader> = fc.record({
	role: fc.constantFrom('admin', 'member'),
	devices: fc.integer({ min: 0, max: 2 }),
	chosen: fc.uniqueArray(chosen, {
		selector: ({ organization, number, event }) => `${organization} ${number} ${event}`,
		minLength: 4,
		maxLength: 24,
		size: 'max'
	}),
	quiet: fc.boolean(),
	mentionsBreakThrough: fc.boolean()
});

export const plans: fc.Arbitrary<Plan> = fc.record({
	readers: fc.tuple(reader, reader),
	happenings: fc
		.array(
			fc.record({
				event: fc.constantFrom(...notificationEvents),
				place: fc.constantFrom<Place>(0, 1, 2),
				whom: fc.constantFrom<0 | 1>(0, 1),
				byThemself: fc.boolean()
			}),
			{ minLength: 8, maxLength: 14, size: 'max' }
		)
		.map(eachLimitOnce),
	killAfter: fc.nat(8)
});

/** Of several notices about the same limit the last one counts, and what left of the others before is chance. */
function eachLimitOnce(happenings: Happening[]): Happening[] {
	const told = new Set<number>();
	return happenings.filter(({ event, place }) => {
		const { organization } = places[place];
		if (event !== 'billing') return true;
		const isFirst = !told.has(organization);
		told.add(organization);
		return isFirst;
	});
}

const needed: Partial<Record<Choice['event'], Capability>> = {
	numbers: 'numbers:buy',
	billing: 'billing:write',
	programs: 'webhooks:write'
};

/** Who is to be told of it, and how. */
export function askedFor({ readers }: Plan, { event, place, whom, byThemself }: Happening): Asked[] {
	const { organization } = places[place];
	const choiceOf = (who: 0 | 1, what = event): Choice => {
		const mine = readers[who].chosen.filter((one) => one.event === what && one.organization === organization);
		const choice =
			mine.find(({ number }) => number === place) ??
			mine.find(({ number }) => number === null) ??
			notificationDefaults.find((one) => one.event === what);
		if (!choice) throw new Error(`nobody is told of ${what}`);
		return choice;
	};
	const told = (who: 0 | 1, what = event): Asked => ({ reader: who, choice: choiceOf(who, what) });
	const other = whom === 0 ? 1 : 0;
	const capability = needed[event];
	// what time brings is nobody's doing, and concerns whoever may do something about it
	if (capability) return ([0, 1] as const).filter((who) => can(readers[who].role, capability)).map((who) => told(who));
	if (event === 'any_text') return [told(0), told(1)];
	// texts come from outside; whoever asked for every one hears of those in others' conversations
	if (event === 'message') return [told(whom), told(other, 'any_text')];
	if (byThemself && event !== 'failed' && event !== 'export') return [];
	return [told(whom)];
}
