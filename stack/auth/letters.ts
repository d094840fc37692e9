import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SmtpEmailDriver, type EmailDriver } from '@supabase/lite';
import { root } from '../cli.ts';
import type { Config } from '../config.ts';

/**
 * Letters go to the catcher as HTML alone, like hosted sends them: lite's text part would carry its own link.
 * @param sent called for each one that left
 */
export function postOffice(port: number, sent: () => void): EmailDriver {
	const smtp = new SmtpEmailDriver({
		host: '127.0.0.1',
		port,
		from: { name: process.env.PUBLIC_APP_NAME || 'CumApp', address: 'hello@cumapp.example' },
		requireTls: false
	});
	return {
		async send({ to, subject, html }) {
			await smtp.send({ to, subject, html });
			sent();
		}
	};
}

/** Our own letters, as config.toml names them: lite's link to the Auth server, ours lead to a page of the app. */
export function templates(config: Config): Record<string, { subject?: string; content_path?: string }> {
	const kinds = ['confirmation', 'recovery', 'magic_link', 'email_change', 'invite'];
	const entries = kinds.map((kind) => {
		const { subject, path } = letter(config, `auth.email.template.${kind}`, kind);
		return [kind, { subject: subject || undefined, content_path: path }] as const;
	});
	return Object.fromEntries(entries);
}

export type Kind = 'confirmation' | 'email_change';
export type Values = { TokenHash: string; Email: string; NewEmail?: string };

/** Writes the letters that lite forgets: one of config.toml's templates, filled in and sent. */
export function letterWriter(config: Config, post: EmailDriver, siteUrl: string) {
	return async (kind: Kind, to: string, values: Values): Promise<void> => {
		const { subject, path } = letter(config, `auth.email.template.${kind}`, kind);
		if (!path) return;
		const all: Record<string, string | undefined> = { SiteURL: siteUrl, ...values };
		const html = readFileSync(path, 'utf8').replace(/\{\{ \.(\w+) \}\}/g, (_, name: string) =>
			escaped(all[name] ?? '')
		);
		await post.send({ to, subject, html });
	};
}

/** The letter that says that a password was changed; nothing when config.toml does not ask for it. */
export function passwordNotice(config: Config, post: EmailDriver): (email: string) => Promise<void> {
	const section = 'auth.email.notification.password_changed';
	const { subject, path } = letter(config, section, 'password_changed');
	if (!config.get(section, 'enabled', false) || !path) return () => Promise.resolve();
	const html = readFileSync(path, 'utf8');
	return (email) => post.send({ to: email, subject, html: html.replaceAll('{{ .Email }}', () => escaped(email)) });
}

function letter(config: Config, section: string, kind: string) {
	const path = join(root, config.get(section, 'content_path', `supabase/templates/${kind}.html`));
	return { subject: config.get(section, 'subject', ''), path: existsSync(path) ? path : undefined };
}

const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
