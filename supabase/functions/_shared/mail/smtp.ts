import type { Transporter } from 'nodemailer';
import type { Post, Posted, Posting } from './port.ts';

export type SmtpSettings = {
	/** `smtps://user:password@host:465`, or `smtp://…:2525`, which is encrypted before anything is said. Hosted blocks 25 and 587. */
	url: string | undefined;
	/** `Name <address>`. */
	from: string | undefined;
};

// in ms; together well within a job's lease
const connectPatience = 8000;
const answerPatience = 10_000;
const patience = 25_000;

/** Letters by SMTP, each on a connection of its own. Never throws; without settings nothing is taken, and the error says why. */
export function smtp({ url, from }: SmtpSettings): Post {
	if (!url || !from || !URL.canParse(url)) {
		return { send: () => Promise.resolve({ outcome: 'not_taken', error: 'SMTP_URL and MAIL_FROM are not set' }) };
	}
	const { hostname, port, protocol, username, password } = new URL(url);
	const secure = protocol === 'smtps:';
	const domain = domainOf(from);
	const settings = {
		host: hostname,
		port: Number(port) || (secure ? 465 : 2525),
		secure,
		// a password or a letter in the clear only on this machine, where the stack's catcher listens
		requireTLS: !secure && !isHere(hostname),
		ignoreTLS: !secure && isHere(hostname),
		...(username && { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
		name: domain,
		connectionTimeout: connectPatience,
		greetingTimeout: connectPatience,
		socketTimeout: answerPatience,
		// a letter is text alone: nothing of it may name a file or an address to fetch
		disableFileAccess: true,
		disableUrlAccess: true
	};
	let transport: Promise<Transporter> | undefined;

	async function post({ to, letter, id, unsubscribe }: Posting): Promise<Posted> {
		try {
			// only with the first letter: it takes 100 ms to load, and texts need none of it
			transport ??= import('nodemailer').then(({ createTransport }) => createTransport(settings));
			const sender = await transport;
			await sender.sendMail({
				from,
				to: { name: '', address: to },
				...letter,
				messageId: `<${id}@${domain}>`,
				headers: {
					'Auto-Submitted': 'auto-generated',
					...(unsubscribe && {
						'List-Unsubscribe': { prepared: true, value: `<${unsubscribe}>` },
						'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click'
					})
				}
			});
			return { outcome: 'taken' };
		} catch (error) {
			return outcomeOf(error);
		}
	}

	return {
		async send(posting) {
			let timer: ReturnType<typeof setTimeout> | undefined;
			const late = new Promise<Posted>((done) => {
				timer = setTimeout(() => done({ outcome: 'not_taken', error: 'the mail server took too long' }), patience);
			});
			// a server that drips keeps every single wait short: all of them together have an end as well
			return Promise.race([post(posting), late]).finally(() => clearTimeout(timer));
		}
	};
}

/**
 * What an error of nodemailer means. A permanent answer (RFC 5321 §4.2.1: 5yz) to the recipient or to the letter is about
 * them; every other one is about us or the moment.
 */
export function outcomeOf(error: unknown): Posted {
	const { code, command, responseCode, response } = error as Record<string, unknown>;
	const status = typeof responseCode === 'number' ? responseCode : null;
	// RFC 3463, which says more exactly what is wrong
	const detail = typeof response === 'string' ? /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1] : undefined;
	const words = [code, command, status, detail].filter((word) => typeof word === 'string' || typeof word === 'number');
	const isFinal = status !== null && status >= 500 && (command === 'RCPT TO' || command === 'DATA');
	return { outcome: isFinal ? 'refused' : 'not_taken', error: words.join(' ') || 'the letter was not taken' };
}

function isHere(hostname: string): boolean {
	return hostname === '127.0.0.1' || hostname === 'localhost' || hostname === '[::1]';
}

/** The domain of `Name <address>`. */
function domainOf(from: string): string {
	return /@([^@<>\s]+)>?$/.exec(from.trim())?.[1] ?? 'localhost';
}
