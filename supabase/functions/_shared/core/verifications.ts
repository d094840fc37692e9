import { firstIdAt } from './days.ts';

/** Where a request for a code stands. The database enforces the same table of steps. */
export const verificationStatuses = [
	'waiting',
	'code_received',
	'completed',
	'expired',
	'cancelled',
	'filtered'
] as const;
export type VerificationStatus = (typeof verificationStatuses)[number];

/** `filtered`: the carrier struck the code out of its text (error 30038). Nothing moves backwards. */
const next: Readonly<Record<VerificationStatus, readonly VerificationStatus[]>> = {
	waiting: ['code_received', 'expired', 'cancelled', 'filtered'],
	code_received: ['completed', 'expired', 'cancelled'],
	completed: [],
	expired: [],
	cancelled: [],
	filtered: []
};

/** Whether a verification may move from one status to another. */
export function mayBecome(from: VerificationStatus, to: VerificationStatus): boolean {
	return next[from].includes(to);
}

/** Whether nothing more will happen to it, but for codes that come late. */
export function isOver(status: VerificationStatus): boolean {
	return next[status].length === 0;
}

/** How long a verification waits, in seconds. */
export const timeToLive = { least: 60, most: 86_400, usual: 600 } as const;

/** How many an organization asks for within so many seconds. */
export const velocity = [
	{ seconds: 60, most: 30 },
	{ seconds: 86_400, most: 2000 }
] as const;

/** A row of api.verifications. */
export type Verification = {
	id: string;
	organization_id: string;
	phone_number_id: string;
	number_e164: string;
	number_label: string;
	number_color: number;
	/** Of the catalogue; null for one that was named. */
	service_id: string | null;
	service_name: string;
	requested_by: string | null;
	requested_by_username: string | null;
	requested_by_name: string | null;
	note: string | null;
	ttl_seconds: number;
	status: VerificationStatus;
	expires_at: string;
	/** The newest; null as well for those who may not see it. */
	code: string | null;
	/** What it was completed with. */
	final_code: string | null;
	has_code: boolean;
	code_count: number;
	/** Codes that came after its end. */
	late_count: number;
	code_received_at: string | null;
	ended_at: string | null;
	ended_by: string | null;
	cancel_reason: string | null;
	revision: number;
	created_at: string;
	updated_at: string;
};

/** A text that came to the number of a request meanwhile, and in which no code was found. */
export type OtherText = { id: string; conversation_id: string; body: string; created_at: string };

/** Between which ids such texts lie, where it matters: null once a code has come, or somebody ended the request. */
export function meanwhile(verification: Verification): { after: string; before: string } | null {
	const { id, status, code_count, expires_at } = verification;
	if (code_count > 0 || (status !== 'waiting' && status !== 'expired')) return null;
	return { after: id, before: firstIdAt(Date.parse(expires_at)) };
}

/** Of such texts those that a person would look through for a code, three at most. */
export function withPossibleCode(texts: readonly OtherText[]): OtherText[] {
	const looksLikeOne = ({ body }: OtherText) => (body.match(/\p{Nd}/gu)?.length ?? 0) >= 3 || /\p{Lu}{4}/u.test(body);
	return texts.filter(looksLikeOne).slice(0, 3);
}

/** A row of api.verification_codes: a code that was found in a text. */
export type VerificationCode = {
	id: string;
	conversation_id: string;
	verification_id: string | null;
	/** The requests it may belong to, until somebody says which. */
	candidate_ids: string[];
	/** It came after the end of its verification. */
	late: boolean;
	/** Null as well for those who may not see it. */
	code: string | null;
	has_code: boolean;
	/** In words: "after ‘code is’". */
	reasons: string[];
	service_name: string | null;
	valid_seconds: number | null;
	kept_until: string;
	created_at: string;
};

/** Another request that a code may belong to. */
export type Candidate = Pick<
	Verification,
	'id' | 'service_id' | 'service_name' | 'requested_by' | 'requested_by_username' | 'requested_by_name' | 'created_at'
>;

/** A known service: a row of api.services. */
export type Service = { id: string; name: string; words: string[] };
