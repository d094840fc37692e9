-- A team to try things with: Tidewater Stays lets flats by the sea. Sign in as noor@tidewater.example or
-- maya@tidewater.example, password "slow tide, quick heron". People, texts and numbers are made up (the numbers come from
-- ranges kept for fiction). Safe to run twice.

do $$
declare
	noor constant uuid := '01930000-0000-7000-8000-000000000001';
	maya constant uuid := '01930000-0000-7000-8000-000000000002';
	tidewater constant uuid := '01930000-0000-7000-8000-0000000000a1';
	guest_desk constant uuid := '01930000-0000-7000-8000-0000000000b1';
	owners constant uuid := '01930000-0000-7000-8000-0000000000b2';
	person record;
	line record;
	conversation uuid;
	written timestamptz;
begin
	if exists (select from public.organizations where slug = 'tidewater') then
		return;
	end if;

	-- two accounts, confirmed; the trigger on auth.users makes profiles and personal organizations
	for person in
		select * from (values
			(noor, 'noor@tidewater.example', 'noor', 'Noor Haddad'),
			(maya, 'maya@tidewater.example', 'maya', 'Maya Okafor')
		) as p (id, email, username, full_name)
	loop
		-- Supabase Auth wants its tokens empty, not null
		insert into auth.users (
			id, aud, role, email, encrypted_password, email_confirmed_at, raw_app_meta_data, raw_user_meta_data,
			confirmation_token, recovery_token, email_change, email_change_token_new, created_at, updated_at
		) values (
			person.id, 'authenticated', 'authenticated', person.email,
			'$2a$10$zNpbLuvOiIjrGNX/v9PLqOVfgy3WKSgf01VuSp7WFHqEkGnPNzEOa', now(),
			'{"provider": "email", "providers": ["email"]}',
			jsonb_build_object('username', person.username, 'full_name', person.full_name),
			'', '', '', '', now(), now());

		insert into auth.identities (id, provider, provider_id, user_id, identity_data, last_sign_in_at, created_at, updated_at)
		values (
			gen_random_uuid(), 'email', person.id::text, person.id,
			jsonb_build_object('sub', person.id, 'email', person.email, 'email_verified', true), now(), now(), now());
	end loop;

	-- hosted Supabase keeps a tenant id in auth.users that other platforms lack
	if exists (
		select from information_schema.columns
		where table_schema = 'auth' and table_name = 'users' and column_name = 'instance_id'
	) then
		execute 'update auth.users set instance_id = ''00000000-0000-0000-0000-000000000000'' where id = any ($1)'
			using array[noor, maya];
	end if;

	insert into public.organizations (id, slug, name) values (tidewater, 'tidewater', 'Tidewater Stays');
	insert into public.memberships (organization_id, user_id, role)
	values (tidewater, noor, 'owner'), (tidewater, maya, 'member');
	-- the platform's gift, and money for what it does not cover
	perform private.grant_plan(tidewater, 'pro', 'infinity');
	perform private.transfer(tidewater, array[row('adjustments', -25000000), row('wallet', 25000000)]::private.ledger_leg[],
		'adjustment', 'seed', note => 'To try things with');

	insert into public.phone_numbers (id, organization_id, e164, label, color, country_code, carrier_number_id) values
		(guest_desk, tidewater, '+14155550142', 'Guest desk', 1, 'US', 'PN' || md5('+14155550142')),
		(owners, tidewater, '+14155550167', 'Owners', 4, 'US', 'PN' || md5('+14155550167'));
	-- what flat owners write is for owners and admins: Maya does not see it
	update public.phone_numbers set restricted_at = now() where id = owners;

	insert into public.contacts (organization_id, phone_number, name) values
		(tidewater, '+491713920012', 'Ilse Brandt'),
		(tidewater, '+46701740612', 'Theo Lindqvist'),
		(tidewater, '+33639980027', 'Camille Moreau'),
		(tidewater, '+14155550118', 'Amaka Eze'),
		(tidewater, '+14155550133', 'Walter Quinn'),
		(tidewater, '+14155550156', '田辺 由紀'),
		(tidewater, '+14155550171', 'ليلى منصور'),
		(tidewater, '+14155550124', 'Rosa Vidal'),
		(tidewater, '+14155550109', 'Hollis & Ruth Gray'),
		(tidewater, '+61491570006', 'Peter Aldous'),
		(tidewater, '+14155550189', 'Inga Solheim');

	-- oldest first: a conversation hands out places in the order texts arrive
	for line in
		select * from (values
			(guest_desk, '+14155550109', 4330, null, 'received', null, 1, 'Is the lift working again? Ruth is on crutches this month.'),
			(guest_desk, '+14155550109', 4312, maya, 'delivered', null, 1, 'It has been running since Tuesday, and your flat is on the first floor either way.'),
			(guest_desk, '+14155550109', 4309, null, 'received', null, 1, 'That settles it. See you on the 4th.'),
			(guest_desk, '+14155550133', 3020, maya, 'delivered', null, 1, 'Hello Walter, would you stay with us again this winter? Returning guests pay 15% less in January.'),
			(guest_desk, '+14155550133', 3011, null, 'received', null, 1, 'STOP'),
			(owners, '+61491570006', 2890, noor, 'delivered', null, 1, 'Good morning Peter. Harbour Row 4 was booked for 24 nights in October.'),
			(owners, '+61491570006', 2740, null, 'received', null, 1, 'Good month! Could you send me the statement before Friday?'),
			(guest_desk, '+14155550124', 1720, null, 'received', null, 1, '¡Ya llegamos! El piso es precioso, gracias por las flores 🌊'),
			(guest_desk, '+14155550124', 1705, maya, 'delivered', null, 2, 'Qué alegría, Rosa. La panadería de la esquina abre a las siete; pide los bollos de canela 🙂'),
			(guest_desk, '+491713920012', 1452, null, 'received', null, 1, 'Hello, our train gets in at 22:15. Is somebody at the desk that late?'),
			(guest_desk, '+491713920012', 1446, noor, 'delivered', null, 1, 'Hello Ilse. The desk closes at 20:00, but the key safe by the blue door opens all night.'),
			(guest_desk, '+491713920012', 1441, null, 'received', null, 1, 'Perfect, thank you!'),
			(guest_desk, '+14155550171', 1290, null, 'received', null, 1, 'مساء الخير، هل يوجد موقف سيارات قريب من الشقة؟'),
			(guest_desk, '+14155550171', 1281, noor, 'delivered', null, 1, 'مساء النور ليلى، الموقف خلف المبنى مجاني للضيوف.'),
			(guest_desk, '+14155550156', 660, null, 'received', null, 1, 'チェックインは何時からできますか？'),
			(guest_desk, '+14155550156', 652, maya, 'delivered', null, 1, '15時からです。お荷物は朝8時からお預かりできます。'),
			(owners, '+14155550189', 205, noor, 'failed', '30006', 1, 'Hello Inga, the plumber has looked at the boiler. The quote is in your folder.'),
			(guest_desk, '+33639980027', 182, null, 'received', null, 1, 'Bonjour, y a-t-il un lit pour bébé dans l''appartement ?'),
			(guest_desk, '+33639980027', 176, maya, 'delivered', null, 1, 'Bonjour Camille, oui : il sera prêt dans la petite chambre.'),
			(guest_desk, '+33639980027', 171, null, 'received', null, 1, 'Merci beaucoup, à samedi !'),
			(guest_desk, '+491713920012', 94, noor, 'failed', '30003', 1, 'Good morning. The code for the key safe reaches you at noon.'),
			(guest_desk, '+14155550118', 71, null, 'received', null, 1, 'Could we keep the flat until one on Sunday? Our flight is in the evening.'),
			(guest_desk, '+14155550118', 64, maya, 'sent', null, 1, 'Until 13:00 is fine, and the bags can stay with us after that.'),
			(guest_desk, '+447700900318', 48, null, 'received', null, 1, 'Hi, a friend gave me this number. Is the loft free from 12 to 15 December?'),
			(guest_desk, 'Stayfare', 31, null, 'received', null, 1, 'Stayfare: 604218 is your sign-in code. It is valid for 10 minutes. Never share this code.'),
			(guest_desk, '+46701740612', 19, null, 'received', null, 1, 'The boiler in Harbour Row 4 knocks, and now the water is cold.'),
			(guest_desk, '+491713920012', 12, null, 'received', null, 1, 'Sorry, no signal on the ferry. We are on the island now.'),
			(guest_desk, '+491713920012', 9, null, 'received', null, 1, 'The parking app just sent 730415, good for 15 minutes. Is that the one for your gate?')
		) as t (number, contact, minutes_ago, author, status, error_code, segments, body)
	loop
		conversation := private.open_conversation(tidewater, line.number, line.contact);
		written := now() - make_interval(mins => line.minutes_ago);
		-- ids begin with their moment: what is counted by day is looked for by them
		insert into public.messages (
			id, conversation_id, direction, status, body, segments, author_id, idempotency_key, carrier, error_code,
			created_at, sent_at, delivered_at, failed_at
		) values (
			(left(private.first_id_at(written)::text, 24) || left(md5(line.body), 12))::uuid, conversation,
			(case line.status when 'received' then 'inbound' else 'outbound' end)::public.message_direction,
			line.status::public.message_status, line.body, line.segments, line.author::uuid,
			case when line.author is not null then 'seed-' || md5(line.body) end,
			-- no carrier has ever heard of them: they have no id there
			'twilio', line.error_code, written,
			case when line.author is not null then written + interval '2 seconds' end,
			case line.status when 'delivered' then written + interval '5 seconds' end,
			case line.status when 'failed' then written + interval '4 minutes' end);
	end loop;

	-- each is paid before anybody counts its day
	perform private.charge_sent_text(m.id)
	from (select m.id from public.messages m where m.organization_id = tidewater and m.direction = 'outbound' order by m.id) m;
	perform private.charge_received(tidewater, 1000);

	insert into public.opt_outs (organization_id, phone_number_id, contact_number, opted_out_at, source)
	values (tidewater, guest_desk, '+14155550133', now() - interval '3011 minutes', 'keyword');

	-- a conversation began with its first text
	update public.conversations c
	set created_at = (select min(m.created_at) from public.messages m where m.conversation_id = c.id)
	where c.organization_id = tidewater;

	-- the last hour is unread, for Noor as for Maya; before that everything was seen
	insert into public.conversation_reads (conversation_id, user_id, organization_id, last_read_seq)
	select m.conversation_id, reader, m.organization_id, max(m.seq)
	from public.messages m
	cross join unnest(array[noor, maya]) as reader
	where m.organization_id = tidewater and m.created_at < now() - interval '1 hour'
		and (reader = noor or m.phone_number_id = guest_desk)
	group by m.conversation_id, reader, m.organization_id;

	-- as the clock would within its first minute
	perform private.count_usage(10);
end
$$;
