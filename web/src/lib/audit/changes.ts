import { personOf } from './names.ts';
import type { AuditNames } from '#core/audit-log.ts';

/** What the fields of before and after are called on our pages. One that is missing is shown by its own name. */
export const fieldLabels: Readonly<Record<string, string>> = {
	name: 'Name',
	slug: 'Address',
	time_zone: 'Time zone',
	email: 'E-mail address',
	role: 'Role',
	roles: 'Roles',
	user_ids: 'People',
	restricted: 'Restricted',
	numbers: 'Restricted numbers they saw',
	team_conversations: 'Team conversations',
	handed_over_to: 'Handed over to',
	country_code: 'Country',
	reopen_archived: 'A new text brings archived conversations back',
	assigned: 'Conversations assigned to them',
	texts: 'Texts in it',
	archived_at: 'Archived',
	owner: 'Owner',
	label: 'Label',
	ends_at: 'Ends',
	actor: 'Only of',
	verb: 'Only',
	since: 'From',
	until: 'To before',
	scopes: 'May do',
	allowed_from: 'Used only from',
	expires_at: 'Expires',
	overlap_seconds: 'Seconds that both go on',
	mode: 'For'
};

/** Before and after are objects; whatever else they may be has no fields. */
export function fieldsOf(value: unknown): Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** A value in words: people by their names, lists with commas. */
export function valueOf(value: unknown, names: AuditNames): string {
	if (value === null || value === undefined || value === '') return 'nothing';
	if (typeof value === 'boolean') return value ? 'yes' : 'no';
	if (Array.isArray(value)) return value.map((one) => valueOf(one, names)).join(', ') || 'nobody';
	if (typeof value === 'object') return JSON.stringify(value);
	return personOf(names, value) ?? String(value);
}
