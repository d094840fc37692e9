import type { Letter } from './port.ts';

/** What a letter says; plain text, which the frame escapes. */
export type Words = {
	subject: string;
	heading: string;
	/** Paragraphs. */
	says: readonly string[];
	/** The one thing to do. */
	button?: { label: string; url: string };
	/** Quiet last sentence: why this came, what to do if it should not have. */
	aside: string;
};

const font = "font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";
const small = 'font-size: 13px; color: #55646b';
const button =
	'display: inline-block; padding: 10px 18px; border-radius: 7px; background: #0d6475; color: #ffffff; font-weight: 500; text-decoration: none';
/** Where a letter's way out goes, if it has one. */
const last = '<!-- last -->';
const dark = `
	:root { color-scheme: light dark; }
	@media (prefers-color-scheme: dark) {
		body, .sheet { background: #15191b !important; color: #e8ecee !important; }
		.soft { color: #a9b3b8 !important; }
		.button { background: #7cc4d2 !important; color: #0b1c20 !important; }
		a { color: #7cc4d2 !important; }
	}`;

/** Sets words as a letter that looks like those of supabase/templates, and as one of text alone. */
export function frame({ subject, heading, says, button: deed, aside }: Words): Letter {
	const paragraphs = says.map((sentence) => `<p style="margin: 0 0 24px">${escaped(sentence)}</p>`).join('\n');
	const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="color-scheme" content="light dark" />
<meta name="supported-color-schemes" content="light dark" />
<title>${escaped(subject)}</title>
<style>${dark}
</style>
</head>
<body style="margin: 0; background: #f3f6f7; color: #1a2327">
<div role="main">
<table class="sheet" role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background: #f3f6f7">
<tr><td align="center" style="padding: 40px 16px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width: 480px">
<tr><td style="${font}; overflow-wrap: anywhere">
<h1 style="margin: 0 0 16px; font-size: 22px; line-height: 1.3; font-weight: 600">${escaped(heading)}</h1>
${paragraphs}
${deed ? asButton(deed) : ''}<p class="soft" style="margin: 0; ${small}">${escaped(aside)}</p>
${last}</td></tr>
</table>
</td></tr>
</table>
</div>
</body>
</html>
`;
	const text = [heading, ...says, ...(deed ? [`${deed.label}: ${deed.url}`] : []), aside].join('\n\n');
	return { subject, html, text: `${text}\n` };
}

/** The letter with a way to end others like it, below everything else. `url`: a page of ours that asks once more. */
export function withWayOut(letter: Letter, url: string): Letter {
	const says = 'You chose to get letters like this.';
	const link = `<a href="${escaped(url)}" style="color: #0d6475">Stop these letters</a>`;
	return {
		...letter,
		html: letter.html.replace(last, () => `<p class="soft" style="margin: 16px 0 0; ${small}">${says} ${link}</p>\n`),
		text: `${letter.text}\n${says} Stop them: ${url}\n`
	};
}

function asButton({ label, url }: { label: string; url: string }): string {
	return `<p style="margin: 0 0 24px"><a class="button" href="${escaped(url)}" style="${button}">${escaped(label)}</a></p>
<p class="soft" style="margin: 0 0 8px; ${small}">If the button does not open, copy this address into your browser:</p>
<p style="margin: 0 0 24px; font-size: 13px">${escaped(url)}</p>
`;
}

/** Text as HTML, in content and in attributes alike. */
function escaped(text: string): string {
	return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/**
 * A name that somebody chose, as a letter to somebody else may show it: on one line, not endless, and not as an address
 * that mail programs would turn into a link of its own.
 */
export function named(name: string): string {
	const line = name.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim();
	const short = [...line].length > 60 ? `${[...line].slice(0, 59).join('')}…` : line;
	return short.replace(/([.:@/])(?=[\p{L}\p{N}/])/gu, '$1\u200b');
}
