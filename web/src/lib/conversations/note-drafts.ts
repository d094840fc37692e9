import { openStorage } from './keeping.ts';

/**
 * The unfinished note of each conversation, kept by this browser for this person, apart from every text: what is written
 * here is never a text's draft.
 */
export function noteDrafts(userId: string) {
	const storage = openStorage();
	const nameOf = (conversationId: string) => `inbox:${userId}:note:${conversationId}`;
	return {
		read(conversationId: string): string {
			try {
				return storage?.getItem(nameOf(conversationId)) ?? '';
			} catch {
				// SecurityError: storage is closed to us
				return '';
			}
		},
		write(conversationId: string, body: string): void {
			try {
				if (body) storage?.setItem(nameOf(conversationId), body);
				else storage?.removeItem(nameOf(conversationId));
			} catch {
				// full or closed: the page still holds it
			}
		}
	};
}
