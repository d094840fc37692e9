-- What a text costs: per destination, direction and kind, from a moment on. Our price is the carrier's and a markup.

create type public.message_kind as enum ('sms', 'mms');
comment on type public.message_kind is 'How a text travels: sms by the segment, mms as a whole.';

create table public.prices (
	id uuid primary key default private.uuid_v7(),
	-- of the contact's number, and of ours where a text comes in: the longest that fits counts, '+' fits all
	prefix text not null check (prefix ~ '^\+[0-9]{0,8}$'),
	country_code char(2) check (country_code ~ '^[A-Z]{2}$'),
	direction public.message_direction not null,
	kind public.message_kind not null,
	micros bigint not null check (micros >= 0),
	valid_from timestamptz not null,
	unique (prefix, direction, kind, valid_from)
);
comment on table public.prices is
	'Prices in 10⁻⁶ USD, for a segment (sms) or a message (mms). The newest that has begun counts; a price is never '
	'changed, a later one follows it.';

create table private.markups (
	percent smallint not null check (percent between 0 and 1000),
	valid_from timestamptz primary key
);
comment on table private.markups is
	'What is put on top of the carrier''s prices, in per cent of them. The newest that has begun counts for prices made from then on.';
insert into private.markups (percent, valid_from) values (20, timestamptz '2026-11-01 00:00:00+00');

-- Our price for one of the carrier's: with the markup, rounded up to four decimals of a dollar, as pages show it.
create function private.priced(carrier_micros bigint, at timestamptz default now()) returns bigint
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (
		select (carrier_micros * (100 + m.percent) + 9999) / 10000 * 100
		from private.markups m where m.valid_from <= at order by m.valid_from desc limit 1);
end
$$;

-- Public list prices of the carrier, rounded, as they were in November 2026.
with listed (prefix, country_code, sms_out, sms_in, mms_out, mms_in) as (values
	('+', null, 150000, 8300, 22000, 16500),
	('+1', 'US', 8300, 8300, 22000, 16500),
	('+44', 'GB', 52400, 8300, 60000, null),
	('+49', 'DE', 112000, 8300, null, null),
	('+33', 'FR', 79800, 8300, null, null),
	('+34', 'ES', 79000, 8300, null, null),
	('+39', 'IT', 92700, 8300, null, null),
	('+31', 'NL', 109500, 8300, null, null),
	('+32', 'BE', 101000, 8300, null, null),
	('+43', 'AT', 103500, 8300, null, null),
	('+41', 'CH', 73500, 8300, null, null),
	('+46', 'SE', 61500, 8300, null, null),
	('+47', 'NO', 69900, 8300, null, null),
	('+45', 'DK', 53300, 8300, null, null),
	('+358', 'FI', 86700, 8300, null, null),
	('+353', 'IE', 74700, 8300, null, null),
	('+351', 'PT', 52900, 8300, null, null),
	('+48', 'PL', 44300, 8300, null, null),
	('+420', 'CZ', 62500, 8300, null, null),
	('+36', 'HU', 99700, 8300, null, null),
	('+40', 'RO', 74300, 8300, null, null),
	('+30', 'GR', 83500, 8300, null, null),
	('+359', 'BG', 109700, 8300, null, null),
	('+385', 'HR', 89400, 8300, null, null),
	('+380', 'UA', 151700, 8300, null, null),
	('+90', 'TR', 20300, 8300, null, null),
	('+972', 'IL', 153000, 8300, null, null),
	('+971', 'AE', 100600, 8300, null, null),
	('+966', 'SA', 125300, 8300, null, null),
	('+27', 'ZA', 87500, 8300, null, null),
	('+234', 'NG', 337300, 8300, null, null),
	('+254', 'KE', 166700, 8300, null, null),
	('+20', 'EG', 308000, 8300, null, null),
	('+91', 'IN', 83200, 8300, null, null),
	('+92', 'PK', 274700, 8300, null, null),
	('+81', 'JP', 88500, 8300, null, null),
	('+82', 'KR', 49500, 8300, null, null),
	('+86', 'CN', 41200, 8300, null, null),
	('+852', 'HK', 66300, 8300, null, null),
	('+65', 'SG', 57900, 8300, null, null),
	('+63', 'PH', 205600, 8300, null, null),
	('+62', 'ID', 442600, 8300, null, null),
	('+66', 'TH', 46300, 8300, null, null),
	('+61', 'AU', 51500, 7500, 350000, 30000),
	('+64', 'NZ', 105000, 8300, null, null),
	('+55', 'BR', 76500, 8300, null, null),
	('+52', 'MX', 62200, 8300, null, null),
	('+54', 'AR', 87800, 8300, null, null),
	('+57', 'CO', 60900, 8300, null, null),
	('+56', 'CL', 72100, 8300, null, null)
)
insert into public.prices (prefix, country_code, direction, kind, micros, valid_from)
select l.prefix, l.country_code, p.direction::public.message_direction, p.kind::public.message_kind,
	private.priced(p.micros, timestamptz '2026-11-01 00:00:00+00'), timestamptz '2026-11-01 00:00:00+00'
from listed l
cross join lateral (values
	('outbound', 'sms', l.sms_out), ('inbound', 'sms', l.sms_in), ('outbound', 'mms', l.mms_out), ('inbound', 'mms', l.mms_in)
) p (direction, kind, micros)
where p.micros is not null;

-- Countries that share +1 with the United States, by their area codes (https://nationalnanpa.com): Canada at its own prices, the others
-- at those of countries that nobody knows better, until the carrier has told its own.
with shared (country_code, areas, sms_out, sms_in, mms_out, mms_in) as (values
	('CA', '204 226 236 249 250 257 263 289 306 343 354 365 367 368 382 387 403 416 418 428 431 437 438 450 460 468 474 506 514 519 '
		'537 548 568 579 581 584 587 604 613 639 647 672 683 705 709 742 753 778 780 782 807 819 825 867 873 879 902 905 942',
		8300, 8300, 22000, 16500),
	('BS', '242', 150000, 8300, null, null),
	('BB', '246', 150000, 8300, null, null),
	('AI', '264', 150000, 8300, null, null),
	('AG', '268', 150000, 8300, null, null),
	('VG', '284', 150000, 8300, null, null),
	('VI', '340', 150000, 8300, null, null),
	('KY', '345', 150000, 8300, null, null),
	('BM', '441', 150000, 8300, null, null),
	('GD', '473', 150000, 8300, null, null),
	('TC', '649', 150000, 8300, null, null),
	('JM', '658 876', 150000, 8300, null, null),
	('MS', '664', 150000, 8300, null, null),
	('MP', '670', 150000, 8300, null, null),
	('GU', '671', 150000, 8300, null, null),
	('AS', '684', 150000, 8300, null, null),
	('SX', '721', 150000, 8300, null, null),
	('LC', '758', 150000, 8300, null, null),
	('DM', '767', 150000, 8300, null, null),
	('VC', '784', 150000, 8300, null, null),
	('PR', '787 939', 150000, 8300, null, null),
	('DO', '809 829 849', 150000, 8300, null, null),
	('TT', '868', 150000, 8300, null, null),
	('KN', '869', 150000, 8300, null, null)
)
insert into public.prices (prefix, country_code, direction, kind, micros, valid_from)
select '+1' || a.area, s.country_code, p.direction::public.message_direction, p.kind::public.message_kind,
	private.priced(p.micros, timestamptz '2026-11-01 00:00:00+00'), timestamptz '2026-11-01 00:00:00+00'
from shared s
cross join lateral regexp_split_to_table(s.areas, ' ') a (area)
cross join lateral (values
	('outbound', 'sms', s.sms_out), ('inbound', 'sms', s.sms_in), ('outbound', 'mms', s.mms_out), ('inbound', 'mms', s.mms_in)
) p (direction, kind, micros)
where p.micros is not null;

alter table public.prices enable row level security;
create policy "members of any organization can read" on public.prices for select to authenticated
	using (cardinality((select private.my_organization_ids())::uuid[]) > 0);

-- The price that counts for a segment (sms) or message (mms): of the contact's number for what goes out, of ours for what comes in.
create function private.price_for(
	number text, direction public.message_direction, kind public.message_kind, at timestamptz default now()
) returns public.prices
language plpgsql stable security definer set search_path = ''
as $$
declare
	price public.prices;
begin
	select p.* into price from public.prices p
	where p.prefix in ('+', left(number, 2), left(number, 3), left(number, 4), left(number, 5), left(number, 6),
			left(number, 7), left(number, 8), left(number, 9))
		and p.direction = price_for.direction and p.kind = price_for.kind and p.valid_from <= at
	order by length(p.prefix) desc, p.valid_from desc
	limit 1;
	return price;
end
$$;

create function private.price_of(number text, direction public.message_direction, kind public.message_kind) returns bigint
language plpgsql stable security definer set search_path = ''
as $$
begin
	return (private.price_for(number, direction, kind)).micros;
end
$$;

-- what a page counts with while somebody types: today's prices, one for each destination
create view api.prices with (security_invoker = true) as
select distinct on (p.prefix, p.direction, p.kind)
	p.prefix, p.country_code, p.direction, p.kind, p.micros, p.valid_from
from public.prices p
where p.valid_from <= now()
order by p.prefix, p.direction, p.kind, p.valid_from desc;
comment on view api.prices is
	'Today''s prices in 10⁻⁶ USD per segment (sms) or message (mms). The longest prefix counts: of the contact''s number for what '
	'goes out, of ours for what comes in.';

grant select on public.prices, api.prices to authenticated;
