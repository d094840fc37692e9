import { expect } from '@playwright/test';
import { env } from './browsers.ts';

type Mail = { to: { address: string }[]; html: string; subject: string };

/** Every mail to this address, oldest first. */
export async function mailsTo(email: string): Promise<Mail[]> {
	const mails = (await (await fetch(`${env.MAIL_URL}/email`)).json()) as Mail[];
	return mails.filter((one) => one.to.some((to) => to.address === email));
}

/** The link of this type in the newest mail to this address, as its reader would follow it. */
export async function linkFor(email: string, type = ''): Promise<string> {
	let link: string | undefined;
	await expect
		.poll(async () => {
			const links = (await mailsTo(email)).map(({ html }) => /href="([^"]+verify[^"]+)"/.exec(html)?.[1]);
			link = links.findLast((one) => one?.includes(`type=${type}`))?.replaceAll('&amp;', '&');
			return link;
		})
		.toBeTruthy();
	return link ?? '';
}
