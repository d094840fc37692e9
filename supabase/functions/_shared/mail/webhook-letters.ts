import { moment, text, type Details, type Surroundings, type Write } from './details.ts';
import { frame, named } from './frame.ts';

/** Letters about webhooks that nobody answers: {organization_name, slug, endpoint_id, host, since}. */
export const webhookNotices: Readonly<Record<string, Write>> = {
	webhook_disabled: (details, surroundings) =>
		frame({
			subject: `${named(text(details.host))}: webhook switched off`,
			heading: 'A webhook was switched off',
			says: [
				`Nothing that ${named(text(details.organization_name))} sends to ${named(text(details.host))} has arrived since ${moment(details.since, surroundings.timeZone)}. After three days we stopped trying.`,
				'What was not delivered is kept for 30 days. Once the address answers again, switch it on and have it sent again.'
			],
			button: { label: 'See the attempts', url: endpointUrl(details, surroundings) },
			aside: 'You get this because you may change what the organization sends to other programs.'
		}),

	webhook_parked: (details, surroundings) =>
		frame({
			subject: `${named(text(details.host))}: an event was not taken`,
			heading: 'An event was not taken for three days',
			says: [
				`${named(text(details.host))} answers, but refuses at least one event of ${named(text(details.organization_name))}. We stopped trying that one; others go on.`,
				'It is kept for 30 days and can be sent again.'
			],
			button: { label: 'See the attempts', url: endpointUrl(details, surroundings) },
			aside: 'There is at most one letter a day about this address.'
		})
};

function endpointUrl({ slug, endpoint_id }: Details, { appUrl }: Surroundings): string {
	return `${appUrl}/${encodeURIComponent(text(slug))}/settings/webhooks/${encodeURIComponent(text(endpoint_id))}`;
}
