import { coalesce } from '#lib/realtime/coalesce.ts';

/** Says how far conversations were read; false where it did not get there. */
type Say = (conversationId: string, seq: number) => Promise<boolean>;

/** How far conversations were read that the database has not confirmed yet. */
export class ReadMarks {
	#unsaid = new Map<string, number>();
	#say: Say;

	constructor(say: Say) {
		this.#say = say;
	}

	async say(conversationId: string, seq: number): Promise<void> {
		this.#unsaid.set(conversationId, seq);
		await this.flush();
	}

	/** Says what was not heard. Call it when the connection is back. */
	readonly flush = coalesce(async () => {
		for (const [id, seq] of this.#unsaid) {
			const said = await this.#say(id, seq);
			if (said && this.#unsaid.get(id) === seq) this.#unsaid.delete(id);
		}
	});
}
