import type { Conversation } from '#core/conversations.ts';
import type { Slug } from '#core/failures.ts';
import { ReadRefused, type Rest } from '#lib/realtime/rest.ts';

/** Why a text cannot go, and what can be done. */
export type Shut = { slug: Slug; says: string };

/** What the composer sees by itself while somebody writes. */
const ownBusiness = new Set<Slug>([
	'message_empty',
	'message_too_long',
	'placeholder_unfilled',
	'attachment_not_ready',
	'attachments_too_many'
]);

/** How long the conversation has to be left alone before the gate is asked, in ms. */
const rest = 400;

type Question = { body: string; attachmentIds: readonly string[] };
type Answer = { reasons: { slug: Slug }[]; included_left: number };

/** Asks the gate what it would say to a text, before anybody presses Send. */
export class Gate {
	shut = $state.raw<Shut | null>(null);
	/** How many segments the plan still covers this month; null while nobody has said. */
	includedLeft = $state.raw<number | null>(null);
	#rest: Rest;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#turn = 0;

	constructor(rest: Rest) {
		this.#rest = rest;
	}

	/** Asks when nothing was asked for a moment. Returns how not to. */
	askSoon(conversation: Conversation, question: Question): () => void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => void this.ask(conversation, question), rest);
		return () => clearTimeout(this.#timer);
	}

	async ask(conversation: Conversation, { body, attachmentIds }: Question): Promise<void> {
		const turn = (this.#turn += 1);
		const shut = await this.#answer(conversation, { body, attachmentIds });
		// undefined: nobody answered. The gate itself still stands in every text's way
		if (shut !== undefined && turn === this.#turn) this.shut = shut;
	}

	async #answer(conversation: Conversation, { body, attachmentIds }: Question): Promise<Shut | null | undefined> {
		try {
			const { reasons, included_left: left } = await this.#rest.call<Answer>('preflight_message', {
				body,
				conversation_id: conversation.id,
				...(attachmentIds.length > 0 && { attachment_ids: attachmentIds })
			});
			this.includedLeft = left;
			const slug = reasons.map((reason) => reason.slug).find((each) => !ownBusiness.has(each));
			return slug ? { slug, says: await beforehand(slug, conversation) } : null;
		} catch (error) {
			if (error instanceof ReadRefused && error.slug === 'not_found')
				return { slug: 'not_found', says: await beforehand('not_found', conversation) };
			return undefined;
		}
	}
}

/** What the refusals say of a text that was sent, said of one that is only written. */
async function beforehand(slug: Slug, { number_label: label }: Conversation): Promise<string> {
	const ours = label ?? 'this number';
	const words: Partial<Record<Slug, string>> = {
		contact_blocked: 'This person is blocked here. Unblock them in their details to text them.',
		opted_out: `This person wrote STOP to ${ours}. They can start again by writing START.`,
		not_allowed: `You may not text from ${ours}. An owner or an admin can give you access.`,
		not_found: `Nothing can be sent from ${ours} any more: it was released, or you lost access to it.`,
		number_frozen: `${ours} was not renewed, so nothing goes out from it. An owner or an admin can renew it.`,
		balance_too_low: 'The wallet does not hold enough for this text. An owner or an admin can top it up under Billing.',
		overage_stopped:
			'The plan does not cover this text, and your team pays for none beside it. An owner or an admin can change that under Usage.',
		recipient_invalid: 'This number cannot be texted. Check its digits.',
		media_unavailable: 'Files cannot be texted between these two numbers. Put a link in the text instead.',
		attachment_missing: 'A file is gone. Remove it and choose it once more.'
	};
	return words[slug] ?? (await import('#core/failures.ts')).failures[slug].says;
}
