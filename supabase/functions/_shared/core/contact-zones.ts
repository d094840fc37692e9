/**
 * Where somebody's clock probably stands, by their number. A guess to begin with, since numbers travel: pages let it be
 * changed. Sources: ITU-T E.164 calling codes, the North American Numbering Plan's area codes, the IANA time zone database.
 */

// NANP area codes by zone. Those that lie in two zones stand with the one where most people live.
const northAmerica: Readonly<Record<string, string>> = {
	'America/New_York':
		'201 202 203 207 212 215 216 220 223 229 231 234 239 240 248 252 267 269 272 276 283 301 302 304 305 313 315 321 324 326 ' +
		'329 330 332 336 339 347 351 352 380 386 401 404 407 410 412 413 419 423 434 440 443 463 470 472 475 478 484 508 513 516 517 ' +
		'518 540 551 561 567 570 571 582 585 586 603 606 607 609 610 614 616 617 631 640 645 646 656 667 678 679 680 681 686 689 ' +
		'703 704 706 716 717 718 724 727 728 732 734 740 743 754 757 762 765 770 771 772 774 781 786 802 803 804 810 813 814 826 828 ' +
		'835 838 839 843 845 848 854 856 857 859 860 861 862 863 864 865 878 904 908 910 912 914 917 919 929 934 937 941 943 947 948 ' +
		'954 959 973 978 980 984 989',
	'America/Chicago':
		'205 210 214 217 218 219 224 225 228 251 254 256 262 270 274 281 308 309 312 314 316 318 319 320 325 331 334 337 346 353 ' +
		'361 363 364 402 405 409 414 417 430 432 447 448 456 464 469 479 501 504 507 512 515 531 534 539 557 563 572 573 580 601 608 612 ' +
		'615 618 620 621 629 630 636 641 651 659 660 662 682 708 712 713 715 726 730 731 737 763 769 773 779 785 806 815 816 817 830 ' +
		'832 847 850 870 872 901 903 913 918 920 930 931 936 938 940 945 952 956 972 975 979 985',
	'America/Denver': '303 307 385 406 435 505 575 605 701 719 720 801 915 970 983',
	'America/Boise': '208 986',
	'America/Phoenix': '480 520 602 623 928',
	'America/Los_Angeles':
		'206 209 213 253 279 310 323 341 350 357 360 369 408 415 424 425 442 458 503 509 510 530 541 559 562 564 619 626 628 650 657 ' +
		'661 669 702 707 714 725 738 747 760 775 805 818 820 831 837 840 858 909 916 925 949 951 971',
	'America/Anchorage': '907',
	'Pacific/Honolulu': '808',
	'America/Toronto':
		'226 249 289 343 365 367 382 416 418 437 438 450 468 514 519 548 579 581 613 647 683 705 742 753 819 873 905',
	'America/Winnipeg': '204 431 584',
	'America/Regina': '306 474 639',
	'America/Edmonton': '368 403 587 780 825',
	'America/Vancouver': '236 250 257 604 672 778',
	'America/Halifax': '506 782 902',
	'America/St_Johns': '709 879',
	'America/Puerto_Rico': '787 939',
	'America/Jamaica': '658 876',
	'America/Santo_Domingo': '809 829 849'
};

// Calling codes by zone: the capital's, or where most people live. The longest that fits counts.
const countries: Readonly<Record<string, string>> = {
	'Europe/London': '44',
	'Europe/Dublin': '353',
	'Europe/Lisbon': '351',
	'Atlantic/Reykjavik': '354',
	'Europe/Madrid': '34',
	'Europe/Paris': '33',
	'Europe/Brussels': '32',
	'Europe/Amsterdam': '31',
	'Europe/Luxembourg': '352',
	'Europe/Berlin': '49',
	'Europe/Zurich': '41',
	'Europe/Vienna': '43',
	'Europe/Rome': '39',
	'Europe/Malta': '356',
	'Europe/Copenhagen': '45',
	'Europe/Oslo': '47',
	'Europe/Stockholm': '46',
	'Europe/Helsinki': '358',
	'Europe/Tallinn': '372',
	'Europe/Riga': '371',
	'Europe/Vilnius': '370',
	'Europe/Warsaw': '48',
	'Europe/Prague': '420',
	'Europe/Bratislava': '421',
	'Europe/Budapest': '36',
	'Europe/Ljubljana': '386',
	'Europe/Zagreb': '385',
	'Europe/Sarajevo': '387',
	'Europe/Belgrade': '381',
	'Europe/Skopje': '389',
	'Europe/Tirane': '355',
	'Europe/Athens': '30',
	'Europe/Sofia': '359',
	'Europe/Bucharest': '40',
	'Europe/Chisinau': '373',
	'Europe/Kyiv': '380',
	'Europe/Minsk': '375',
	'Europe/Moscow': '7',
	'Asia/Almaty': '76 77',
	'Europe/Istanbul': '90',
	'Asia/Nicosia': '357',
	'Asia/Jerusalem': '972',
	'Asia/Beirut': '961',
	'Asia/Amman': '962',
	'Asia/Baghdad': '964',
	'Asia/Kuwait': '965',
	'Asia/Riyadh': '966',
	'Asia/Bahrain': '973',
	'Asia/Qatar': '974',
	'Asia/Dubai': '971',
	'Asia/Muscat': '968',
	'Asia/Tehran': '98',
	'Asia/Tbilisi': '995',
	'Asia/Yerevan': '374',
	'Asia/Baku': '994',
	'Asia/Tashkent': '998',
	'Asia/Karachi': '92',
	'Asia/Kolkata': '91',
	'Asia/Colombo': '94',
	'Asia/Kathmandu': '977',
	'Asia/Dhaka': '880',
	'Asia/Bangkok': '66',
	'Asia/Ho_Chi_Minh': '84',
	'Asia/Phnom_Penh': '855',
	'Asia/Kuala_Lumpur': '60',
	'Asia/Singapore': '65',
	'Asia/Jakarta': '62',
	'Asia/Manila': '63',
	'Asia/Hong_Kong': '852',
	'Asia/Taipei': '886',
	'Asia/Shanghai': '86',
	'Asia/Seoul': '82',
	'Asia/Tokyo': '81',
	'Australia/Sydney': '61',
	'Pacific/Auckland': '64',
	'Africa/Cairo': '20',
	'Africa/Casablanca': '212',
	'Africa/Algiers': '213',
	'Africa/Tunis': '216',
	'Africa/Accra': '233',
	'Africa/Abidjan': '225',
	'Africa/Dakar': '221',
	'Africa/Lagos': '234',
	'Africa/Addis_Ababa': '251',
	'Africa/Nairobi': '254',
	'Africa/Kampala': '256',
	'Africa/Dar_es_Salaam': '255',
	'Africa/Johannesburg': '27',
	'America/Mexico_City': '52',
	'America/Guatemala': '502',
	'America/Costa_Rica': '506',
	'America/Panama': '507',
	'America/Bogota': '57',
	'America/Caracas': '58',
	'America/Guayaquil': '593',
	'America/Lima': '51',
	'America/La_Paz': '591',
	'America/Santiago': '56',
	'America/Argentina/Buenos_Aires': '54',
	'America/Montevideo': '598',
	'America/Asuncion': '595',
	'America/Sao_Paulo': '55'
};

const zones = new Map<string, string>();
for (const [zone, codes] of Object.entries(northAmerica))
	for (const code of codes.split(' ')) zones.set(`1${code}`, zone);
for (const [zone, codes] of Object.entries(countries)) for (const code of codes.split(' ')) zones.set(code, zone);

/** The time zone of a number in E.164, by its first digits; null where they do not say. */
export function zoneOf(number: string): string | null {
	for (let length = 4; length > 0; length--) {
		const zone = zones.get(number.slice(1, 1 + length));
		if (zone) return zone;
	}
	return null;
}

/** What a clock shows in a zone at a moment (ms), as minutes that the zone is ahead of UTC. */
function offsetAt(moment: number, zone: string): number {
	const parts = new Intl.DateTimeFormat('en', {
		timeZone: zone,
		hourCycle: 'h23',
		year: 'numeric',
		month: 'numeric',
		day: 'numeric',
		hour: 'numeric',
		minute: 'numeric'
	}).formatToParts(moment);
	const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)?.value);
	return Math.round((Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute')) - moment) / 60_000);
}

/**
 * The moment (ms) at which a clock in a zone shows this: '2026-11-23T10:00'. An hour that a change of clocks leaves out is
 * read as the one after it; of one that happens twice, the first. Null for what is no time.
 */
export function momentIn(zone: string, local: string): number | null {
	const wall = /^\d{4}-\d\d-\d\dT\d\d:\d\d$/.test(local) ? Date.parse(`${local}:00Z`) : Number.NaN;
	if (Number.isNaN(wall)) return null;
	const [before, after] = [offsetAt(wall - 86_400_000, zone), offsetAt(wall + 86_400_000, zone)];
	for (const offset of [before, after]) {
		const moment = wall - offset * 60_000;
		if (offsetAt(moment, zone) === offset) return moment;
	}
	return wall - before * 60_000;
}

/** What a clock in a zone shows at a moment: '2026-11-23T10:00'. */
export function wallClock(moment: number, zone: string): string {
	const minute = Math.floor(moment / 60_000) * 60_000;
	return new Date(minute + offsetAt(minute, zone) * 60_000).toISOString().slice(0, 16);
}
