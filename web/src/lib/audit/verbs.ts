import type { AuditLine, AuditNames } from '#core/audit-log.ts';
import { dollars } from '#core/money.ts';
import { fieldLabels, fieldsOf, valueOf } from './changes.ts';
import { actorOf, objectOf, personOf } from './names.ts';
import { keyVerbs } from './key-verbs.ts';
import { limitVerbs } from './limit-verbs.ts';
import { numberVerbs } from './number-verbs.ts';
import { supportVerbs } from './support-verbs.ts';
import { webhookVerbs } from './webhook-verbs.ts';

/** What a line is told from: words for who and what, and the fields before and after. */
type Facts = {
	actor: string;
	object: string;
	before: Record<string, unknown>;
	after: Record<string, unknown>;
	/** Of a person in the fields. */
	name: (id: unknown) => string;
};

export type Verb = {
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

const kept: Readonly<Record<string, string>> = {
	codes: 'texts with codes',
	bodies: 'words of texts',
	attachments: 'files',
	metadata: 'conversations'
};
const keptOf = (value: unknown) => kept[String(value)] ?? 'texts';
const timeOf = (days: unknown) => (typeof days === 'number' ? `${days} ${days === 1 ? 'day' : 'days'}` : 'for ever');

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
	'invitation.accepted': {
		label: 'Invitation used by a colleague',
		says: ({ actor, after }) =>
			`${actor}, who belonged here already, used the invitation to ${word(after.email, 'somebody')}`,
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
	'contact.blocked': {
		label: 'Contact blocked',
		says: ({ actor, after }) => `${actor} blocked ${word(after.phone_number, 'a contact')}`,
		told: ['phone_number']
	},
	'contact.unblocked': {
		label: 'Contact unblocked',
		says: ({ actor, after }) => `${actor} unblocked ${word(after.phone_number, 'a contact')}`,
		told: ['phone_number']
	},
	'contact.merged': {
		label: 'Contacts merged',
		says: ({ actor }) => `${actor} merged contacts into one`,
		told: ['ids']
	},
	'contact.imported': {
		label: 'Contacts imported',
		says: ({ actor, after }) =>
			`${actor} imported contacts: ${Number(after.created)} new, ${Number(after.updated)} changed`,
		told: ['created', 'updated']
	},
	'opt_out.added': {
		label: 'Opt-out written down',
		says: ({ actor, after }) =>
			`${actor} wrote down that ${word(after.contact_number, 'somebody')} wants no more texts`,
		told: ['contact_number']
	},
	'opt_out.removed': {
		label: 'Opt-out lifted',
		says: ({ actor, before }) =>
			`${actor} wrote down that ${word(before.contact_number, 'somebody')} may be texted again`,
		told: ['contact_number']
	},
	'opt_out.imported': {
		label: 'Opt-outs imported',
		says: ({ actor, after }) => `${actor} imported a list of opt-outs, ${String(after.added ?? 0)} of them new`,
		told: ['added']
	},
	'opt_out.replies_changed': {
		label: 'Opt-out replies changed',
		says: ({ actor }) => `${actor} changed what is answered to STOP, START and HELP`
	},
	...numberVerbs,
	...keyVerbs,
	...webhookVerbs,
	...limitVerbs,
	...supportVerbs,
	'conversation.deleted': {
		label: 'Conversation deleted',
		says: ({ actor, before }) =>
			`${actor} deleted the conversation with ${word(before.contact, word(before.title, 'the team'))} for good`,
		told: ['contact', 'title']
	},
	'plan.changed': {
		label: 'Plan changed',
		says: ({ before, after }) =>
			`The plan changed from ${word(before.plan, 'Free')} to ${word(after.plan, 'Free')}, as the payment provider says`,
		told: ['plan']
	},
	'auto_top_up.set': {
		label: 'Automatic top-up set',
		says: ({ actor, after }) =>
			`${actor} has the wallet topped up by ${dollars(Number(after.amount_micros))} below ${dollars(Number(after.threshold_micros))}, ${dollars(Number(after.monthly_ceiling_micros))} a month at most`,
		told: ['threshold_micros', 'amount_micros', 'monthly_ceiling_micros']
	},
	'auto_top_up.stopped': {
		label: 'Automatic top-up stopped',
		says: ({ actor }) => `${actor} stopped automatic top-up`
	},
	'retention.changed': {
		label: 'Retention changed',
		says: ({ actor, before, after }) =>
			`${actor} changed how long ${keptOf(after.class)} are kept: ${timeOf(after.days)} instead of ${timeOf(before.days)}`,
		told: ['class', 'days']
	},
	'retention.applied': {
		label: 'Retention carried out',
		says: ({ actor, after }) =>
			`${actor} removed ${Number(after.removed).toLocaleString('en')} ${keptOf(after.class)} that were older than ${timeOf(after.days)}`,
		told: ['class', 'days', 'removed']
	},
	'verification.use_confirmed': {
		label: 'Allowed use confirmed',
		says: ({ actor }) => `${actor} confirmed that codes are asked for the organization’s own accounts and tests only`
	},
	'verification.exported': {
		label: 'Codes exported',
		says: ({ actor, after }) =>
			`${actor} exported requests for codes${after.codes === true ? ', with every code' : ', without codes of others'}`,
		told: ['codes']
	},
	'verification.cancelled': {
		label: 'Request for a code cancelled',
		says: ({ actor, before, name }) =>
			`${actor} cancelled a request for a code of ${word(before.service, 'a service')} by ${name(before.requested_by)}`,
		told: ['service', 'requested_by']
	},
	'code.revealed': {
		label: 'Code shown',
		says: ({ actor, after }) => `${actor} had a code of ${word(after.service, 'a text')} shown`,
		told: ['service', 'verification_id']
	},
	'code.chosen': {
		label: 'Code given to a request',
		says: ({ actor, after }) =>
			`${actor} said that a code belongs to a request for ${word(after.service, 'a service')}`,
		told: ['service']
	},
	'code.rule_added': {
		label: 'Rule about codes made',
		says: ({ actor, after }) =>
			`${actor} taught that a wording is ${after.verdict === 'code' ? 'that of a code' : 'not that of a code'}, and changed ${Number(after.changed).toLocaleString('en')} stored ${after.changed === 1 ? 'text' : 'texts'}`,
		told: ['verdict', 'changed']
	},
	'code.rule_removed': {
		label: 'Rule about codes deleted',
		says: ({ actor }) => `${actor} deleted a rule about codes`,
		told: ['verdict']
	},
	'code.settings_changed': {
		label: 'Codes: who sees them, how long they are kept',
		says: ({ actor }) => `${actor} changed who sees every code and how long codes are kept`
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
