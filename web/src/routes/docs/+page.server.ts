import { PUBLIC_SUPABASE_URL } from '$app/env/public';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = () => ({ api: `${PUBLIC_SUPABASE_URL}/functions/v1/api` });
