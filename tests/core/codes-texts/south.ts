/** A text a line, then `=>` and its code, or nothing where it holds none; ⏎ is a line's end. */
export const south = {
	fi: `
Lunaro-vahvistuskoodisi on 482913. Älä jaa koodia kenellekään. => 482913
Syötä koodi 7741 kirjautuaksesi sisään. => 7741
Kertakäyttösalasana: 550271, voimassa 5 minuuttia => 550271
Lähetys 5518842 saapuu huomenna. =>
Maksu 35,90 euroa kortilla *4471. =>
`,
	et: `
Sinu Lunaro kinnituskood on 482913. Ära jaga seda kellegagi. => 482913
Sisesta kood 7741 sisselogimiseks. => 7741
Ühekordne parool: 550271 => 550271
Saadetis 5518842 jõuab homme. =>
`,
	hu: `
Az Ön Lunaro ellenőrző kódja: 482913. Ne ossza meg senkivel. => 482913
Adja meg a 7741 kódot a bejelentkezéshez. => 7741
Egyszeri jelszó: 550271, 5 percig érvényes => 550271
Megerősítő kódod 118204 => 118204
Csomagszáma 5518842, holnap érkezik. =>
Egyenlege 128 450 Ft. =>
`,
	ro: `
Codul tău de verificare Lunaro este 482913. Nu îl distribui nimănui. => 482913
Introdu codul 7741 pentru autentificare. => 7741
Parola unică: 550271, valabilă 5 minute => 550271
Comanda 5518842 ajunge mâine. =>
Plata de 35,90 lei cu cardul *4471. =>
`,
	el: `
Ο κωδικός επαλήθευσης Lunaro είναι 482913. Μην τον μοιράζεστε με κανέναν. => 482913
Εισαγάγετε τον κωδικό 7741 για να συνδεθείτε. => 7741
550271 είναι ο κωδικός μίας χρήσης σας. Ισχύει για 5 λεπτά. => 550271
Κωδικός ασφαλείας: 118204 => 118204
Η παραγγελία 5518842 έρχεται αύριο. =>
Πληρωμή 35,90 ευρώ με κάρτα *4471. =>
`,
	tr: `
Lunaro doğrulama kodunuz: 482913. Kimseyle paylaşmayın. => 482913
Giriş için onay kodu 7741 => 7741
550271 tek kullanımlık şifrenizdir. 5 dakika geçerlidir. => 550271
Güvenlik kodunuz 118204'tür. => 118204
250,00 TL tutarındaki işlem için şifreniz 630118 => 630118
Siparişiniz 5518842 yarın teslim edilecek. =>
4471 ile biten kartınızdan 250,00 TL harcama. =>
İndirim kodu 447712 ile %20 indirim. =>
Giriş yapmak için 229018 kullanın => 229018
Oturum açmak için 551904 girin. => 551904
229018 ile giriş yapın => 229018
Doğrulama: 630118 / 5 dk => 630118
Doğrulama numaranız 443219 => 443219
Giriş için 551884 numaralı kartı kullanın. =>
Doğrulama için 5518842 numaralı siparişi arayın. =>
`,
	az: `
Lunaro təsdiq kodunuz: 482913. Heç kimlə paylaşmayın. => 482913
Giriş kodu 7741 => 7741
Birdəfəlik şifrə: 550271 => 550271
`,
	kk: `
Lunaro растау коды: 482913. Ешкімге айтпаңыз. => 482913
Кіру коды 7741 => 7741
550271 - тіркелу коды => 550271
`,
	uz: `
Lunaro tasdiqlash kodi: 482913. Hech kimga bermang. => 482913
Kirish uchun kod: 7741 => 7741
Bir martalik parol: 550271 => 550271
`,
	ka: `
თქვენი Lunaro დადასტურების კოდია 482913. არავის გაუზიაროთ. => 482913
ერთჯერადი კოდი: 7741 => 7741
შესვლის კოდი 550271 => 550271
`,
	hy: `
Ձեր Lunaro հաստատման կոդն է 482913։ Ոչ մեկին մի փոխանցեք։ => 482913
Մուտքի կոդ՝ 7741 => 7741
`,
	sq: `
Kodi juaj i verifikimit për Lunaro është 482913. Mos e ndani me askënd. => 482913
Kodi i hyrjes: 7741 => 7741
`,
	ar: `
رمز التحقق الخاص بك في Lunaro هو 482913. لا تشاركه مع أحد. => 482913
كود التفعيل: 7741 => 7741
استخدم الرمز ٥٥٠٢٧١ لتسجيل الدخول. صالح لمدة 5 دقائق. => 550271
كلمة المرور لمرة واحدة 118204 => 118204
630118 هو رمز الأمان لعملية بقيمة 250.00 ريال => 630118
طلبك رقم 5518842 في الطريق. =>
رصيدك 1284.50 ريال =>
اتصل على 920001234 للاستفسار =>
`,
	fa: `
کد تأیید لونارو: ۴۸۲۹۱۳. آن را در اختیار دیگران قرار ندهید. => 482913
رمز یکبار مصرف شما 7741 است. => 7741
کد ورود: 550271 => 550271
خرید⏎مبلغ: 1,250,000 ریال⏎رمز پویا: 118204⏎اعتبار تا 12:30 => 118204
مرسوله 5518842 فردا می‌رسد. =>
موجودی حساب: 1,284,500 ریال =>
کد تخفیف ۴۴۷۷۱۲ برای خرید شما =>
`,
	ur: `
آپ کا Lunaro تصدیقی کوڈ 482913 ہے۔ کسی کے ساتھ شیئر نہ کریں۔ => 482913
لاگ ان کوڈ: 7741 => 7741
550271 آپ کا پاس ورڈ ہے۔ => 550271
`,
	he: `
קוד האימות שלך ל-Lunaro הוא 482913. אין למסור אותו לאף אחד. => 482913
הקוד שלך: 7741 => 7741
סיסמה חד פעמית 550271, בתוקף ל-5 דקות => 550271
118204 הוא קוד הכניסה שלך => 118204
משלוח שמספרו 5518842 יגיע מחר. =>
קוד קופון 447712 להנחה של 20% =>
`,
	sw: `
Msimbo wako wa uthibitisho wa Lunaro ni 482913. Usimpe mtu yeyote. => 482913
Nambari ya siri: 7741 => 7741
Ingiza msimbo 550271 kuingia. => 550271
Umepokea TSh 25,000 kutoka 0712345678. Salio TSh 31,200. =>
`,
	am: `
የLunaro ማረጋገጫ ኮድ 482913 ነው። ለማንም አያጋሩ። => 482913
የይለፍ ቃል: 7741 => 7741
`
};
