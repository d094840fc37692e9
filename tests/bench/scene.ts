import { createNumber, createOrganization, createPerson } from '../support/people.ts';
import type { Stack } from '../support/stack.ts';

/** An organization with an owner, a colleague and a number, for one measurement alone. */
export async function scene({ env, sql }: Pick<Stack, 'env' | 'sql'>) {
	const owner = await createPerson(sql, env);
	const colleague = await createPerson(sql, env);
	const organization = await createOrganization(sql, { owner, members: [{ person: colleague, role: 'member' }] });
	const number = await createNumber(sql, env, { organizationId: organization.id });
	return { owner, colleague, organization, number };
}
