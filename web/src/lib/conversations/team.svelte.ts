/* eslint-disable svelte/prefer-svelte-reactivity -- a changed map is another one */
import type { Member } from '#core/conversations.ts';

/** Everybody in the organization, as one of them knows them. */
export class Team {
	readonly #myId: string;
	#members = $state.raw<ReadonlyMap<string, Member>>(new Map());

	constructor(myId: string, members: readonly Member[]) {
		this.#myId = myId;
		this.meet(members);
	}

	/** Learns who belongs to the organization now. */
	meet(members: readonly Member[]): void {
		this.#members = new Map(members.map((member) => [member.user_id, member]));
	}

	has(userId: string): boolean {
		return this.#members.has(userId);
	}

	get members(): readonly Member[] {
		return [...this.#members.values()];
	}

	/** Everybody who could answer in a conversation, as far as roles say. */
	get writers(): Member[] {
		return [...this.#members.values()].filter(({ role }) => role !== 'viewer');
	}

	/** The first name a colleague goes by; "You" for oneself, "API" for a text no person wrote. */
	nameOf(userId: string | null): string {
		if (userId === this.#myId) return 'You';
		if (userId === null) return 'API';
		const member = this.#members.get(userId);
		return member ? (member.full_name?.trim().split(/\s+/)[0] ?? member.username) : 'A former colleague';
	}
}
