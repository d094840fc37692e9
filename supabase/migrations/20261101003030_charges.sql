-- What texts cost: each has one charge, which says at what price, how much of it the plan covers, and what was paid in the end.
-- It follows the text: held when it is queued, paid when it is sent, given back when it does not go or does not arrive.

create type public.charge_status as enum ('held', 'charged', 'returned');
comment on type public.charge_status is
	'held (set aside, or counted from the plan) → charged (the text was sent) or returned (it was not, or it failed: it costs nothing).';

create table public.text_charges (
	message_id uuid primary key,
	organization_id uuid not null references public.organizations (id),
	phone_number_id uuid not null,
	direction public.message_direction not null,
	kind public.message_kind not null,
	price_id uuid not null references public.prices (id),
	-- of one segment (sms) or of all (mms)
	unit_micros bigint not null check (unit_micros >= 0),
	-- as we counted, and as the carrier did; an mms is one
	segments smallint not null check (segments >= 0),
	carrier_segments smallint check (carrier_segments > 0),
	-- in the organization's zone: the month of the plan that it counts in
	month date not null,
	included_segments smallint not null default 0 check (included_segments >= 0),
	hold_id uuid,
	status public.charge_status not null default 'held',
	-- booked as revenue, and what should have been and was not there
	charged_micros bigint not null default 0 check (charged_micros >= 0),
	shortfall_micros bigint not null default 0 check (shortfall_micros >= 0),
	-- for how many it was charged in the end
	billed_segments smallint check (billed_segments >= 0),
	-- how often money moved for it after the hold, for the keys of the books
	changes smallint not null default 0,
	created_at timestamptz not null default now(),
	settled_at timestamptz
);

create table public.segment_allowances (
	organization_id uuid not null references public.organizations (id),
	month date not null check (extract(day from month) = 1),
	used integer not null default 0 check (used >= 0),
	primary key (organization_id, month)
);

comment on table public.text_charges is
	'What each text costs its organization, in 10⁻⁶ USD. It outlives the text: what was paid stays explained.';
comment on table public.segment_allowances is
	'How many of the segments that a plan includes an organization has used in a calendar month of its own zone.';

create index text_charges_newest_first on public.text_charges (organization_id, message_id);
create index text_charges_owed on public.text_charges (organization_id, message_id) where shortfall_micros > 0;

alter table public.text_charges enable row level security;
alter table public.segment_allowances enable row level security;
create policy "those who may see the money can read" on public.text_charges for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('billing:read'))::uuid[]));
create policy "those who may see the money can read" on public.segment_allowances for select to authenticated
	using (organization_id = any ((select private.my_organization_ids_for('billing:read'))::uuid[]));

create type private.text_quote as (
	organization_id uuid,
	kind public.message_kind,
	segments integer,
	price_id uuid,
	unit_micros bigint,
	month date,
	-- how many segments to there the plan still covers, how many of this text, and what is to be paid for the others
	included_left integer,
	included integer,
	micros bigint,
	-- the organization does not want to pay for it
	stopped boolean
);

-- The calendar month that a moment lies in, where the organization is.
create function private.month_of(organization_id uuid, at timestamptz default now()) returns date
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select date_trunc('month', month_of.at at time zone o.time_zone)::date
		from public.organizations o where o.id = month_of.organization_id);
end
$$;

-- Whether an organization wants nothing sent that its plan does not cover, or what it allows itself of that.
create function private.stops_at_plan(organization_id uuid) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return exists (
		select from private.limit_caps c
		where c.organization_id = stops_at_plan.organization_id and c.name = 'segments' and c.stops);
end
$$;

-- What a text to a number costs now, if it is sent now. The plan's segments are used first, where one costs no
-- more than the plan covers; a text with files is paid.
create function private.quote_text(organization_id uuid, recipient text, body text, files integer) returns private.text_quote
language plpgsql stable security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	plan constant public.plans := private.plan_of(organization_id);
	quote private.text_quote;
	price public.prices;
begin
	quote.organization_id := quote_text.organization_id;
	quote.kind := case when files > 0 then 'mms' else 'sms' end;
	quote.segments := case when files > 0 then 1 else (private.count_segments(coalesce(quote_text.body, ''))).segments end;
	price := private.price_for(recipient, 'outbound', quote.kind);
	quote.price_id := price.id;
	quote.unit_micros := price.micros;
	quote.month := private.month_of(quote_text.organization_id);
	quote.included_left := case when quote.unit_micros <= plan.included_max_micros then
		greatest(0, least(plan.included_segments, (
			select c.most from private.limit_caps c
			where c.organization_id = quote_text.organization_id and c.name = 'segments' and c.stops)) - coalesce((
			select a.used from public.segment_allowances a
			where a.organization_id = quote_text.organization_id and a.month = quote.month), 0))
		else 0 end;
	quote.included := case when quote.kind = 'sms' then least(quote.segments, quote.included_left) else 0 end;
	quote.micros := (quote.segments - quote.included) * quote.unit_micros;
	quote.stopped := quote.micros > 0 and private.stops_at_plan(quote.organization_id);
	return quote;
end
$$;

-- Whether the wallet holds what a text costs.
create function private.can_pay(quote private.text_quote) returns boolean
language plpgsql stable security definer set search_path = ''
as $$
begin
	return quote.micros = 0 or coalesce((
		select a.balance_micros + a.credit_micros from public.ledger_accounts a
		where a.organization_id = quote.organization_id and a.kind = 'wallet'), 0) >= quote.micros;
end
$$;

-- Of a limit that is used so far: 50, 80 or 100 %, whichever is reached; 0 before. Of less than three nobody is warned.
create function private.warning_at(used bigint, most bigint) returns integer
language sql immutable set search_path = ''
return case when most < 3 then 0 when used >= most then 100 when used * 5 >= most * 4 then 80 when used * 2 >= most then 50
	else 0 end;

-- Takes so many segments of what the plan includes, as far as they go, and where one costs no more than the plan covers. Answers how
-- many.
create function private.take_included(organization_id uuid, month date, segments integer, unit_micros bigint) returns integer
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	plan public.plans;
	there integer;
	had integer;
	taken integer;
	cap bigint;
	hard boolean;
begin
	if segments <= 0 then
		return 0;
	end if;
	plan := private.plan_of(take_included.organization_id);
	there := case when take_included.unit_micros <= plan.included_max_micros then plan.included_segments else 0 end;
	select a.used, c.most, c.stops into had, cap, hard
	from (values (take_included.organization_id)) o (id)
	left join public.segment_allowances a on a.organization_id = o.id and a.month = take_included.month
	left join private.limit_caps c on c.organization_id = o.id and c.name = 'segments';
	if hard then
		there := least(there, cap);
	end if;
	-- nobody waits for what is used up
	if there <= coalesce(had, 0) then
		return 0;
	end if;
	if had is null then
		insert into public.segment_allowances (organization_id, month)
		values (take_included.organization_id, take_included.month)
		on conflict do nothing;
	end if;
	select a.used into had from public.segment_allowances a
	where a.organization_id = take_included.organization_id and a.month = take_included.month
	for no key update;
	taken := greatest(0, least(take_included.segments, there - had));
	update public.segment_allowances a set used = a.used + taken
	where a.organization_id = take_included.organization_id and a.month = take_included.month and taken > 0;
	if private.warning_at(had + taken, plan.included_segments) > private.warning_at(had, plan.included_segments) then
		perform private.warn_of_limit(take_included.organization_id, 'segments', take_included.month, had + taken,
			plan.included_segments);
	end if;
	if cap is not null and taken > 0 then
		perform private.watch_cap(take_included.organization_id, 'segments');
	end if;
	return taken;
end
$$;

-- Charges a text that was just accepted: with the plan's segments first, for the others by a hold. It lasts longer than anybody asks
-- what became of a text. Whoever calls holds no wallet; nothing but the wallet is locked after. Fails with balance_too_low, overage_stopped,
-- spending_capped.
create function private.charge_text(message_id uuid, files integer) returns void
language plpgsql security definer set search_path = ''
as $$
#variable_conflict use_column
declare
	message public.messages;
	quote private.text_quote;
	hold uuid;
begin
	select m.* into message from public.messages m where m.id = charge_text.message_id;
	quote := private.quote_text(message.organization_id,
		(select t.phone_number from public.conversations c join public.contacts t on t.id = c.contact_id
		where c.id = message.conversation_id),
		message.body, files);
	quote.included := case when quote.kind = 'sms'
		then private.take_included(message.organization_id, quote.month, quote.segments, quote.unit_micros) else 0 end;
	quote.micros := (quote.segments - quote.included) * quote.unit_micros;
	if quote.micros > 0 and message.origin <> 'automatic' and private.stops_at_plan(message.organization_id) then
		perform private.refuse_sending('overage_stopped');
	elsif quote.micros > 0 and message.origin = 'automatic' then
		-- nobody is there to be told, and what it answers has to be kept: it goes, and is paid as far as there is money
		perform private.lock_wallet(message.organization_id);
	end if;
	if quote.micros > 0 and (message.origin <> 'automatic' or private.can_pay(quote)) then
		hold := private.place_hold(message.organization_id, quote.micros, 'text', 'message', message.id, 'text:' || message.id,
			4 * 24 * 3600);
		if message.origin <> 'automatic' then
			perform private.require_spending(message.organization_id);
		end if;
		perform private.ask_auto_top_up(message.organization_id);
	end if;
	insert into public.text_charges (message_id, organization_id, phone_number_id, direction, kind, price_id, unit_micros, segments,
		month, included_segments, hold_id)
	values (message.id, message.organization_id, message.phone_number_id, 'outbound', quote.kind, quote.price_id, quote.unit_micros,
		quote.segments, quote.month, quote.included, hold);
end
$$;

create view api.text_charges with (security_invoker = true) as
select c.message_id, c.organization_id, c.phone_number_id, c.direction, c.kind, p.country_code, p.prefix, c.unit_micros, c.segments,
	c.carrier_segments, c.month, c.included_segments, c.billed_segments, c.status, c.charged_micros, c.shortfall_micros, c.created_at, c.settled_at
from public.text_charges c
join public.prices p on p.id = c.price_id;
comment on view api.text_charges is
	'What each text costs, in 10⁻⁶ USD: its price, how many segments the plan covers, what was paid (charged_micros) and what was not '
	'there to be paid (shortfall_micros). For those who may see the money.';

create view api.segment_allowances with (security_invoker = true) as
select a.organization_id, a.month, a.used from public.segment_allowances a;
comment on view api.segment_allowances is
	'How many of its plan''s segments an organization has used in a month. None: nothing yet. For those who may see the money.';

grant select on public.text_charges, public.segment_allowances, api.text_charges, api.segment_allowances to authenticated;
