import { redirect } from '@sveltejs/kit';
import { noticePlace } from '#core/told.ts';
import * as notifications from '#lib/server/notifications.ts';
import type { RequestHandler } from './$types';

/** Leads to what a notice is about; whoever follows it knows of it. One that is gone leads to those that are there. */
export const GET: RequestHandler = async ({ locals, params }) => {
	const { id, slug } = locals.me.organization;
	const notice = await notifications.find(locals.database, id, params.notificationId);
	if (!notice) redirect(303, `/${slug}/inbox/notifications`);
	await notifications.markSeen(locals.database, id, [notice.id]);
	redirect(303, `/${slug}${noticePlace(notice)}`);
};
