import type { AuditFilters, AuditNames } from '#core/audit-log.ts';
import { dayOf } from './moments.ts';
import { personOf } from './names.ts';
import { verbs } from './verbs.ts';

type Choice = { value: string; word: string };

/** What the log can be filtered by, and what it is filtered by, in words (null: not at all). */
export type Choices = {
	actors: Choice[];
	verbs: Choice[];
	chosen: { actor: string | null; verb: string | null; days: string | null };
};

/** People are those who have done something; whom or what the address names is among the choices, known or not. */
export function choicesOf({ actor, verb, since, until }: AuditFilters, names: AuditNames): Choices {
	const people = names.people
		.filter(({ has_acted, user_id }) => has_acted || user_id === actor)
		.map(({ user_id, full_name, username }) => ({
			value: user_id,
			word: full_name ? `${full_name} (@${username})` : `@${username}`
		}));
	const deeds = Object.entries(verbs).map(([value, { label }]) => ({ value, word: label }));
	if (verb && !Object.hasOwn(verbs, verb)) deeds.push({ value: verb, word: verb });
	return {
		actors: [...people, { value: 'platform', word: names.platform }],
		verbs: deeds,
		chosen: {
			actor: actor && (actor === 'platform' ? names.platform : (personOf(names, actor) ?? 'Somebody who left')),
			verb: verb && (deeds.find(({ value }) => value === verb)?.word ?? verb),
			days: daysOf(since, until)
		}
	};
}

function daysOf(since: string | null, until: string | null): string | null {
	if (since && until) return since === until ? dayOf(since) : `${dayOf(since)} to ${dayOf(until)}`;
	if (since) return `since ${dayOf(since)}`;
	return until && `until ${dayOf(until)}`;
}
