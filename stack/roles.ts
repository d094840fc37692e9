/** docs/roles.md: who may do what, printed from the table that pages and database share. */
import { join } from 'node:path';
import * as prettier from 'prettier';
import { can, capabilities, roles, type Capability } from '#core/capabilities.ts';
import { root } from './cli.ts';

export const rolesFile = join(root, 'docs/roles.md');

const heading = `# Roles

<!-- Printed by \`npm run types\` from supabase/functions/_shared/core/capabilities.ts. Never edited. -->

What a person is in an organization decides what they may do there. The database decides by the same table
(\`private.capabilities\`), at every request.
`;

const notes = `Owners and admins use every number. For members and viewers a number can be restricted to roles and people
(Settings, Number access). Roles are given and taken only below one's own; nobody changes their own. An organization
always has an owner: ownership is offered by one and accepted by the other, who then become admin and owner. Everybody
keeps the personal organization they have from sign-up on.
`;

/** The page as it has to stand in docs/. */
export async function rolesPage(): Promise<string> {
	const names = Object.keys(capabilities) as Capability[];
	const rows = names.map((name) => [
		capabilities[name].says,
		`\`${name}\``,
		...roles.map((role) => (can(role, name) ? 'yes' : '–'))
	]);
	const table = [['', 'Capability', ...roles], ['---', '---', ...roles.map(() => '---')], ...rows];
	const page = [heading, table.map((cells) => `| ${cells.join(' | ')} |`).join('\n'), '', notes].join('\n');
	return prettier.format(page, { ...(await prettier.resolveConfig(rolesFile)), filepath: rolesFile });
}
