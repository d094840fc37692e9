import { throttleWords } from '../core/limits.ts';
import { moment, text, type Write } from './details.ts';
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
		}),

	/** {organization_name, step, message, until} */
	sending_throttled: ({ organization_name, step, message, until }, { timeZone, support }) =>
		frame({
			subject: `${named(text(organization_name))}: texts are held back`,
			heading: `${throttleWords(text(step))}`,
			says: [
				`That is ${named(text(organization_name))}, until ${moment(until, timeZone)} at the latest. The reason:`,
				text(message),
				step === 'stop'
					? 'Texts still come in. Those that were waiting have failed and say so; none was paid.'
					: 'Texts still come in, and none that was written is lost.'
			],
			aside: support
				? `You think that is a mistake, or want to explain it? Write to ${support}.`
				: 'You think that is a mistake, or want to explain it? Answer to our support; the app says above every page where.'
		}),

	/** {organization_name} */
	sending_freed: ({ organization_name }) =>
		frame({
			subject: `${named(text(organization_name))}: texts go out as before`,
			heading: 'Texts go out as before',
			says: [`Nothing holds back any more what ${named(text(organization_name))} sends.`],
			aside: 'You get this because you own this organization.'
		})
};
