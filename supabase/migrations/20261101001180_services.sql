-- Services that text one-time codes, as far as they are known to everybody: how texts name them and who signs those texts.

create table public.services (
	id text primary key check (id ~ '^[a-z0-9](-?[a-z0-9])*$' and char_length(id) <= 40),
	name text not null check (char_length(name) between 1 and 80),
	-- in lower case: names and short codes that its texts are signed with
	senders text[] not null default '{}',
	-- in lower case: words by which a text names it, its addresses among them
	words text[] not null check (cardinality(words) > 0)
);
comment on table public.services is
	'A catalogue that everybody shares. senders and words are in lower case; a text names a service when one of its words stands '
	'in it by itself.';

insert into public.services (id, name, senders, words) values
	('airbnb', 'Airbnb', '{airbnb}', '{airbnb,airbnb.com}'),
	('alipay', 'Alipay', '{alipay}', '{alipay,支付宝,alipay.com}'),
	('amazon', 'Amazon', '{amazon,262966}', '{amazon,amazon.com,amzn}'),
	('apple', 'Apple', '{apple,27753}', '{apple id,apple account,apple.com,icloud.com,apple}'),
	('auth0', 'Auth0', '{auth0}', '{auth0,auth0.com}'),
	('binance', 'Binance', '{binance}', '{binance,binance.com}'),
	('booking', 'Booking.com', '{booking,booking.com}', '{booking.com}'),
	('coinbase', 'Coinbase', '{coinbase}', '{coinbase,coinbase.com}'),
	('discord', 'Discord', '{discord}', '{discord,discord.com}'),
	('doordash', 'DoorDash', '{doordash}', '{doordash,doordash.com}'),
	('dropbox', 'Dropbox', '{dropbox}', '{dropbox,dropbox.com}'),
	('ebay', 'eBay', '{ebay}', '{ebay,ebay.com}'),
	('facebook', 'Facebook', '{facebook,32665}', '{facebook,facebook.com,fb.com}'),
	('github', 'GitHub', '{github}', '{github,github.com}'),
	('gitlab', 'GitLab', '{gitlab}', '{gitlab,gitlab.com}'),
	('google', 'Google', '{google,22000}', '{google,google.com,gmail,youtube}'),
	('instagram', 'Instagram', '{instagram}', '{instagram,instagram.com}'),
	('klarna', 'Klarna', '{klarna}', '{klarna,klarna.com}'),
	('line', 'LINE', '{line}', '{line.me,line verification,line account}'),
	('linkedin', 'LinkedIn', '{linkedin}', '{linkedin,linkedin.com}'),
	('lyft', 'Lyft', '{lyft}', '{lyft,lyft.com}'),
	('microsoft', 'Microsoft', '{microsoft,msverify}', '{microsoft,microsoft.com,outlook.com,xbox}'),
	('netflix', 'Netflix', '{netflix}', '{netflix,netflix.com}'),
	('okta', 'Okta', '{okta}', '{okta,okta.com}'),
	('openai', 'OpenAI', '{openai}', '{openai,openai.com,chatgpt}'),
	('paypal', 'PayPal', '{paypal,729725}', '{paypal,paypal.com}'),
	('pinterest', 'Pinterest', '{pinterest}', '{pinterest,pinterest.com}'),
	('reddit', 'Reddit', '{reddit}', '{reddit,reddit.com}'),
	('revolut', 'Revolut', '{revolut}', '{revolut,revolut.com}'),
	('shopify', 'Shopify', '{shopify}', '{shopify,shopify.com,shop.app}'),
	('signal', 'Signal', '{signal}', '{signal verification,signal code,signal.org}'),
	('slack', 'Slack', '{slack}', '{slack,slack.com}'),
	('snapchat', 'Snapchat', '{snapchat}', '{snapchat,snapchat.com}'),
	('spotify', 'Spotify', '{spotify}', '{spotify,spotify.com}'),
	('steam', 'Steam', '{steam}', '{steam,steampowered.com}'),
	('stripe', 'Stripe', '{stripe}', '{stripe,stripe.com}'),
	('telegram', 'Telegram', '{telegram}', '{telegram,t.me,telegram.org}'),
	('tiktok', 'TikTok', '{tiktok}', '{tiktok,tiktok.com}'),
	('tinder', 'Tinder', '{tinder}', '{tinder,tinder.com}'),
	('twilio', 'Twilio', '{twilio}', '{twilio,twilio.com,authy}'),
	('twitch', 'Twitch', '{twitch}', '{twitch,twitch.tv}'),
	('uber', 'Uber', '{uber,89203}', '{uber,uber.com,uber eats}'),
	('viber', 'Viber', '{viber}', '{viber,viber.com}'),
	('wechat', 'WeChat', '{wechat}', '{wechat,微信,wechat.com}'),
	('whatsapp', 'WhatsApp', '{whatsapp}', '{whatsapp,whatsapp.com}'),
	('wise', 'Wise', '{wise}', '{wise.com,your wise}'),
	('x', 'X', '{twitter,40404}', '{twitter,x.com,twitter.com}'),
	('yahoo', 'Yahoo', '{yahoo}', '{yahoo,yahoo.com}'),
	('zoom', 'Zoom', '{zoom}', '{zoom,zoom.us}');

alter table public.services enable row level security;
create policy "members of any organization can read" on public.services for select to authenticated
	using (cardinality((select private.my_organization_ids())) > 0);

create view api.services with (security_invoker = true) as
select s.id, s.name, s.senders, s.words
from public.services s;
comment on view api.services is 'Well-known services that text one-time codes, for whoever asks for a verification.';

grant select on public.services, api.services to authenticated;
