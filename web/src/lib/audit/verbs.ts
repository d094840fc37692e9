import type { AuditLine, AuditNames } from '#core/audit-log.ts';
import { fieldLabels, fieldsOf, valueOf } from './changes.ts';
import { actorOf, objectOf, personOf } from './names.ts';

/** What a line is told from: words for who and what, and the fields before and after. */
type Facts = {
	actor: string;
	object: string;
	before: Record<string, unknown>;
	after: Record<string, unknown>;
	/** Of a person in the fields. */
	name: (id: unknown) => string;
};

type Verb = {
	/** In the list to choose from. */
	label: string;
	/** The sentence, without its full stop. */
	says: (facts: Facts) => string;
	/** Fields that the sentence has told already. */
	told?: readonly string[];
};

const word = (value: unknown, otherwise: string) => (typeof value === 'string' && value !== '' ? value : otherwise);

/** "name", "name and address", "name, address and time zone" */
function list(words: string[]): string {
	return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** Every deed that the database writes down, in words. A test reads its functions and asks for each. */
export const verbs: Readonly<Record<string, Verb>> = {
	'organization.created': {
		label: 'Organization created',
		says: ({ actor, after }) => `${actor} created the organization ${word(after.name, '')}`.trim(),
		told: ['name']
	},
	'organization.updated': {
		label: 'Organization changed',
		says: ({ actor, after }) => {
			const fields = Object.keys(after).map((field) => (fieldLabels[field] ?? field).toLowerCase());
			return `${actor} changed the organization’s ${list(fields) || 'details'}`;
		}
	},
	'logo.changed': {
		label: 'Logo changed',
		says: ({ actor, after }) => `${actor} ${after.logo_path ? 'changed' : 'removed'} the logo`,
		told: ['logo_path']
	},
	'organization.suspended': {
		label: 'Organization suspended',
		says: ({ actor }) => `${actor} suspended the organization`
	},
	'organization.resumed': {
		label: 'Organization’s suspension lifted',
		says: ({ actor }) => `${actor} lifted the suspension of the organization`
	},
	'member.invited': {
		label: 'Person invited',
		says: ({ actor, after }) =>
			`${actor} invited ${word(after.email, 'somebody')} as ${word(after.role, 'a colleague')}`,
		told: ['email', 'role']
	},
	'invitation.resent': {
		label: 'Invitation sent again',
		says: ({ actor, after }) => `${actor} sent the invitation to ${word(after.email, 'somebody')} again`,
		told: ['email']
	},
	'invitation.revoked': {
		label: 'Invitation revoked',
		says: ({ actor, before }) => `${actor} revoked the invitation to ${word(before.email, 'somebody')}`,
		told: ['email']
	},
	'member.joined': {
		label: 'Person joined',
		says: ({ actor, after }) => `${actor} joined as ${word(after.role, 'a colleague')}`,
		told: ['role']
	},
	'member.left': {
		label: 'Person left',
		says: ({ object, before }) => `${object}, ${word(before.role, 'a colleague')} until then, left the organization`,
		told: ['role']
	},
	'member.removed': {
		label: 'Person removed',
		says: ({ actor, object }) => `${actor} removed ${object}`
	},
	'member.suspended': {
		label: 'Person suspended',
		says: ({ actor, object }) => `${actor} suspended ${object}’s account`
	},
	'member.resumed': {
		label: 'Person’s suspension lifted',
		says: ({ actor, object }) => `${actor} lifted the suspension of ${object}’s account`
	},
	'role.changed': {
		label: 'Role changed',
		says: ({ actor, object, before, after }) =>
			`${actor} changed ${object}’s role from ${word(before.role, 'another')} to ${word(after.role, 'another')}`,
		told: ['role']
	},
	'ownership.offered': {
		label: 'Ownership offered',
		says: ({ actor, object }) => `${actor} offered the ownership to ${object}`
	},
	'ownership.accepted': {
		label: 'Ownership accepted',
		says: ({ actor, before, name }) => `${actor} took the ownership over from ${name(before.owner)}`,
		told: ['owner']
	},
	'ownership.declined': {
		label: 'Ownership declined',
		says: ({ actor }) => `${actor} declined the ownership`
	},
	'ownership.withdrawn': {
		label: 'Offer of ownership withdrawn',
		says: ({ actor, object }) => `${actor} withdrew the offer of ownership to ${object}`
	},
	'number.access_changed': {
		label: 'Access to a number changed',
		says: ({ actor, object }) => `${actor} changed who may use ${object}`
	},
	'audit.exported': {
		label: 'Audit log exported',
		says: ({ actor }) => `${actor} exported the audit log`
	}
};

/** What somebody did, as one sentence. A deed that has no words here is named as the database names it. */
export function sentenceOf(line: AuditLine, names: AuditNames): string {
	const actor = actorOf(line, names);
	const object = objectOf(line, names);
	const verb = Object.hasOwn(verbs, line.verb) ? verbs[line.verb] : undefined;
	if (!verb) return `${actor}: ${line.verb} (${object}).`;
	const said = verb.says({
		actor,
		object,
		before: fieldsOf(line.before),
		after: fieldsOf(line.after),
		name: (id) => personOf(names, id) ?? 'somebody who left'
	});
	return `${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
}

/** What was before and what is since, field by field, as far as the sentence has not said it. */
export function changesOf(
	line: AuditLine,
	names: AuditNames
): { label: string; before: string | null; after: string }[] {
	const told = (Object.hasOwn(verbs, line.verb) && verbs[line.verb]?.told) || [];
	const before = fieldsOf(line.before);
	const after = fieldsOf(line.after);
	const fields = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((field) => !told.includes(field));
	return fields
		.map((field) => ({
			label: fieldLabels[field] ?? field.replaceAll('_', ' '),
			before: field in before ? valueOf(before[field], names) : null,
			after: field in after ? valueOf(after[field], names) : 'nothing'
		}))
		.filter(({ before, after }) => before !== after);
}
