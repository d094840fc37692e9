import type { Notification, Told } from './notifications.ts';
import { pathOf, toldOf } from './told.ts';

/** What a device shows while no page of ours is in front. */
export type BackgroundWords = {
	/** One of the same tag replaces the one before. */
	tag: string;
	/** Names what is told: a device that hears of it again says nothing. */
	id: string;
	title: string;
	/** The start of the words it is about, without codes. */
	body: string;
	/** A path of ours. */
	url: string;
};

/** What it is about: a conversation, a verification, else itself. */
export function tagOf({ id, conversation_id, verification_id }: Notification): string {
	return conversation_id ?? verification_id ?? id;
}

/** What a device is told, from a row of `service.take_push`. */
export function backgroundWords(told: Told): BackgroundWords {
	return {
		tag: tagOf(told),
		id: `${told.id} ${told.texts}`,
		title: toldOf(told, () => told.actor_name ?? 'A former colleague'),
		body: told.body ?? '',
		url: `/${encodeURIComponent(told.slug)}${pathOf(told)}`
	};
}
