/** Asking for codes, as somebody. */
import type { VerificationStatus, Verification } from '#core/verifications.ts';
import type { Person } from '../support/people.ts';
import { as } from './acting.ts';

export type Asked = Pick<
	Verification,
	'id' | 'status' | 'code' | 'final_code' | 'phone_number_id' | 'code_count' | 'late_count' | 'revision'
> & { status: VerificationStatus };

type Request = {
	key?: string;
	service?: string;
	named?: string;
	numberId?: string | null;
	ttl?: number;
	note?: string | null;
};

/** api.request_verification: of Google unless it says otherwise, with a key of its own. */
export async function ask(by: Person, organizationId: string, request: Request = {}): Promise<Asked> {
	const { key = crypto.randomUUID(), named, numberId = null, ttl = 600, note = null } = request;
	const service = request.service ?? (named === undefined ? 'google' : null);
	return as(by, async (tx) => {
		const [row] = await tx<{ asked: Asked }[]>`
			select api.request_verification(${organizationId}, ${key}, ${service}, ${named ?? null}, ${numberId}, ${ttl}, ${note}) as asked`;
		return row!.asked;
	});
}

export const cancel = (by: Person, id: string, reason: string | null = null) =>
	as(by, async (tx) => {
		const [row] = await tx<{ asked: Asked }[]>`select api.cancel_verification(${id}, ${reason}) as asked`;
		return row!.asked;
	});

export const complete = (by: Person, id: string, code: string | null = null) =>
	as(by, async (tx) => {
		const [row] = await tx<{ asked: Asked }[]>`select api.complete_verification(${id}, ${code}) as asked`;
		return row!.asked;
	});

/** A row of api.verifications, as somebody sees it. */
export const seen = (by: Person, id: string) =>
	as(by, async (tx) => (await tx<Asked[]>`select * from api.verifications where id = ${id}`)[0]);

type Code = {
	id: string;
	verification_id: string | null;
	candidate_ids: string[];
	code: string | null;
	has_code: boolean;
	late: boolean;
	message_id: string;
};

/** The codes of a text, as somebody sees them. */
export const codesOf = (by: Person, messageId: string | null) =>
	as(by, (tx) => tx<Code[]>`select * from api.verification_codes where message_id = ${messageId} order by id`);
