import { micromark } from 'micromark';
import { gfmTable, gfmTableHtml } from 'micromark-extension-gfm-table';

/** The guides in their order, by the address of each, with its file in docs/. */
const files = {
	'first-text': { file: 'first-text.md', about: 'A number, a key, and a request with curl or TypeScript.' },
	'codes-in-playwright': {
		file: 'verifications-api.md',
		about: 'Sign up at a site in a test, with the code that it texts.'
	},
	files: { file: 'files-api.md', about: 'Send a picture with a text, and have those that are texted to you.' },
	numbers: { file: 'numbers-api.md', about: 'Look for a number and buy exactly one.' },
	webhooks: { file: 'webhooks.md', about: 'Be told of what happens, and know that it was us.' },
	'supabase-js': { file: 'supabase-js.md', about: 'Filters, embedded rows and verbs, by the client that you know.' },
	keys: { file: 'api-keys.md', about: 'What a key may do, and how it is rotated and revoked.' },
	'test-keys': {
		file: 'test-keys.md',
		about: 'Numbers that nobody has, for every outcome: nothing is sent or charged.'
	},
	limits: { file: 'limits-api.md', about: 'How many requests and texts, and what to do when it was one too many.' }
} as const;

/** How texts name a project: a reader of the app gets its own address to copy. */
const placeholder = 'https://<ref>.supabase.co';

// read when the app is built: what stands on GitHub and what stands here is one text
const texts = import.meta.glob<string>('../../../../docs/*.md', { query: '?raw', import: 'default', eager: true });
const examples = import.meta.glob<string>('../../../../docs/examples/*', {
	query: '?raw',
	import: 'default',
	eager: true
});

export type Guide = { slug: string; title: string; html: string };

/** Addresses, titles and what each is about, for lists of them. */
export const list = Object.entries(files).map(([slug, { file, about }]) => ({
	slug,
	about,
	title: titleOf(textOf(file))
}));

/** A guide as HTML, for a project at this address; null where there is none. */
export function read(slug: string, project = placeholder): Guide | null {
	const known = Object.hasOwn(files, slug) ? files[slug as keyof typeof files] : null;
	if (known === null) return null;
	const text = textOf(known.file).replaceAll(placeholder, project);
	return { slug, title: titleOf(text), html: render(text) };
}

function textOf(file: string): string {
	return texts[`../../../../docs/${file}`] ?? '';
}

function titleOf(text: string): string {
	return /^# (.+)$/m.exec(text)?.[1] ?? '';
}

/** HTML in the text is shown as it stands there, and links lead to the web only: micromark sees to both. */
function render(text: string): string {
	const html = micromark(withExamples(text), { extensions: [gfmTable()], htmlExtensions: [gfmTableHtml()] });
	return inReach(toGuides(html));
}

/** A link to an example on a line of its own becomes the example. */
function withExamples(text: string): string {
	return text.replace(/^\[[^\]]+\]\(examples\/([a-z0-9.-]+)\)$/gm, (link, name: string) => {
		const code = examples[`../../../../docs/examples/${name}`];
		return code === undefined ? link : `\`\`\`${name.split('.').at(-1)}\n${code}\`\`\``;
	});
}

/** Guides name each other by their files. */
function toGuides(html: string): string {
	return html.replace(/href="([a-z-]+\.md)(?=[#"])/g, (link, named: string) => {
		const slug = Object.entries(files).find(([, { file }]) => file === named)?.[0];
		return slug ? `href="/docs/${slug}` : link;
	});
}

/** What is wider than a phone scrolls in its own box, by keys as well. */
function inReach(html: string): string {
	return html
		.replaceAll('<pre>', '<pre tabindex="0">')
		.replaceAll('<table>', '<div class="table" tabindex="0" role="group" aria-label="Table"><table>')
		.replaceAll('</table>', '</table></div>');
}
