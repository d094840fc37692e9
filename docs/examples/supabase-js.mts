import { createClient } from '@supabase/supabase-js';

const { API_URL = '', API_KEY = '', TO = '' } = process.env;
const api = createClient(API_URL, API_KEY, {
	db: { schema: 'api' },
	auth: { persistSession: false, autoRefreshToken: false }
});

const number = await api.from('phone_numbers').select('id, e164').order('created_at').limit(1).single();
if (number.error) throw number.error;

const sent = await api.rpc('send_message', {
	phone_number_id: number.data.id,
	recipient: TO,
	body: 'Your table is ready.',
	idempotency_key: 'table-9-ready'
});
if (sent.error) throw sent.error;

const texts = await api
	.from('messages')
	.select('id, body, status')
	.eq('phone_number_id', number.data.id)
	.order('created_at', { ascending: false })
	.limit(10);
if (texts.error) throw texts.error;
console.log(texts.data);
