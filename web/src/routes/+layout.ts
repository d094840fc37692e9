import { PUBLIC_APP_NAME, PUBLIC_SUPPORT_ADDRESS } from '$app/env/public';
import type { LayoutLoad } from './$types';

/**
 * What the product is called and whom to write to, for every page, as `page.data.app`. What most pages share cannot import
 * the environment itself: browsers evaluate that file before it is there (vite.config.ts).
 */
export const load: LayoutLoad = () => ({ app: { name: PUBLIC_APP_NAME, support: PUBLIC_SUPPORT_ADDRESS } });
