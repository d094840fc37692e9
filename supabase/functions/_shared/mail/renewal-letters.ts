import { amount, day, missing, phone, text, type Details, type Surroundings, type Write } from './details.ts';
import { frame, named } from './frame.ts';
import type { Letter } from './port.ts';

/** Of a letter about numbers, one of them: what becomes of it, and when. */
type Told = { name: string; says: string };
type Words = {
	subject: (count: string) => string;
	heading: string;
	/** Before the numbers and after them. */
	before: (organization: string) => string;
	each: (details: Details, timeZone: string) => string;
	after: string;
	button: string;
};

/**
 * Letters about the months of numbers, one for all of an organization that have the same fate: {organization_name, slug,
 * time_zone, days, numbers: [{e164, label, at, micros, fate}]}. Days are the organization's, as its pages show them.
 */
export const renewalNotices: Readonly<Record<string, Write>> = {
	number_renews_soon: letter((details) => {
		const within = details.days === 1 ? 'tomorrow' : `in ${days(details)} days`;
		return {
			subject: (count) => `${count}: the month that is paid ends ${within}`,
			heading: `What is paid ends ${within}`,
			before: (organization) => `This is what happens to numbers of ${organization} then.`,
			each: ({ fate, at, micros }, timeZone) =>
				fates[text(fate)]?.(day(at, timeZone), amount(micros)) ?? missing('fate'),
			after: 'You can change that until then.',
			button: 'See the numbers'
		};
	}),

	number_renewed: letter(() => ({
		subject: (count) => `${count}: renewed for a month`,
		heading: 'Renewed for a month',
		before: (organization) => `Paid from the wallet of ${organization}.`,
		each: ({ at, micros }, timeZone) => `${amount(micros)}, paid until ${day(at, timeZone)}`,
		after: 'Every movement of the wallet stands in its statement.',
		button: 'See the numbers'
	})),

	number_grace: letter(() => ({
		subject: (count) => `${count}: not renewed, nothing goes out`,
		heading: 'Not renewed: nothing goes out',
		before: (organization) => `The month that ${organization} had paid is over, and the next one is not paid.`,
		each: ({ at, micros }, timeZone) => `texts still come in until ${day(at, timeZone)}; ${amount(micros)} renews it`,
		after: 'Top up the wallet or renew by hand until then, and everything is as before.',
		button: 'Renew'
	})),

	number_quarantined: letter(() => ({
		subject: (count) => `${count}: put aside, will be given back`,
		heading: 'Put aside: no texts in or out',
		before: (organization) => `Nobody renewed these numbers of ${organization}.`,
		each: ({ at, micros }, timeZone) =>
			`kept for you until ${day(at, timeZone)}, then given back; ${amount(micros)} restores it`,
		after: 'Whoever gets a number after that gets none of your conversations: those stay with you, to be read.',
		button: 'Restore'
	})),

	number_restored: letter(() => ({
		subject: (count) => `${count}: in use again`,
		heading: 'In use again',
		before: (organization) => `Paid from the wallet of ${organization}.`,
		each: ({ at, micros }, timeZone) => `${amount(micros)}, paid until ${day(at, timeZone)}`,
		after: 'Texts go out and come in as before.',
		button: 'See the numbers'
	})),

	number_cancelled: letter(() => ({
		subject: (count) => `${count}: cancelled`,
		heading: 'Cancelled for the end of the month that is paid',
		before: (organization) => `A colleague of yours in ${organization} decided that.`,
		each: ({ at }, timeZone) => `yours until ${day(at, timeZone)}`,
		after: 'Until then it can be kept after all. Its conversations stay, to be read.',
		button: 'See the numbers'
	})),

	number_released: letter(() => ({
		subject: (count) => `${count}: given back`,
		heading: 'Given back to the carrier',
		before: (organization) => `These belong to ${organization} no longer.`,
		each: ({ at }, timeZone) => `since ${day(at, timeZone)}`,
		after: 'Their conversations stay with you, to be read. Texts that still come for them reach nobody here.',
		button: 'See the numbers'
	}))
};

const fates: Readonly<Record<string, (on: string, price: string) => string>> = {
	renews: (on, price) => `renews by itself on ${on} for ${price}`,
	stops: (on, price) => `is not renewed by itself: without ${price} nothing goes out from ${on} on`,
	ends: (on) => `was cancelled and goes back on ${on}`
};

function letter(wordsOf: (details: Details) => Words): Write {
	return (details: Details, { appUrl }: Surroundings): Letter => {
		const { subject, heading, before, each, after, button } = wordsOf(details);
		const told = numbersOf(details, each);
		const [first, ...others] = told;
		if (!first) return missing('number');
		return frame({
			subject: subject(others.length > 0 ? `${told.length} numbers` : first.name),
			heading,
			says: [
				before(named(text(details.organization_name))),
				...told.map(({ name, says }) => `${name}: ${says}.`),
				after
			],
			button: { label: button, url: `${appUrl}/${encodeURIComponent(text(details.slug))}/numbers` },
			aside: 'You get this because you may buy and cancel numbers here.'
		});
	};
}

function numbersOf({ numbers, time_zone }: Details, each: Words['each']): Told[] {
	if (!Array.isArray(numbers)) return missing('number');
	return numbers.map((one: unknown) => {
		if (typeof one !== 'object' || one === null) return missing('number');
		const number = { ...one } as Details;
		return { name: phone(number.e164), says: each(number, text(time_zone)) };
	});
}

function days({ days }: Details): number {
	return typeof days === 'number' ? days : missing('number of days');
}
