import { text, type Write } from './details.ts';
import { frame, named } from './frame.ts';

/** What the platform's own people write to owners: {organization_name, message}, the message in their words. */
export const operatorNotices: Readonly<Record<string, Write>> = {
	organization_suspended: ({ organization_name, message }) =>
		frame({
			subject: `${named(text(organization_name))} is suspended`,
			heading: `${named(text(organization_name))} is suspended`,
			says: [text(message), 'Nothing is deleted: texts, contacts and numbers are kept as they were.'],
			aside: 'You think that is a mistake? Answer to our support; the page that everybody sees now says where.'
		}),

	organization_resumed: ({ organization_name, message }) =>
		frame({
			subject: `${named(text(organization_name))} is open again`,
			heading: `${named(text(organization_name))} is open again`,
			says: [text(message)],
			aside: 'Everything is where it was.'
		})
};
