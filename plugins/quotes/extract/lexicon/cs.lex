# Czech: what quotations and dash speech need.
= word PRON MALE
on
= word PRON FEMALE
ona
= word PRON
já ty my vy oni ony se si to
= word PRON OBJ
mi mně mu jí jim nám vám mne mě nás vás je ho se si sebe sobě
= word FIRST
já my můj naše náš
= word POSSPRON
jeho její jejich můj moje náš naše svůj svá
= word DET
ten ta to ti ty tento tato toto
= word PREP
v ve na o od do z ze s se k ke u za nad pod při pro bez po mezi přes před
= word ATTRIB PREP
podle dle
= word CONJ
a i nebo ale
= word SUB
že aby jestli zda když jak protože ačkoli ačkoliv pokud kdyby jakmile než přestože zatímco jelikož neboť ať
# what a clause that was said begins with, behind its comma
= word CLAUSAL
že aby jestli zda zdali ať jak proč kde kdy kam odkud kolik čím čeho čemu co kdo
= word REL
který která které kteří kterého kterou kterém kterých kterým kterými jenž jež níž němž nichž jehož jejíž jimž něhož kdo
= word AUX
je jsou byl byla bylo byli byly bude budou jsem jsme by
= word NEG ADV
ne nikdy
= word ADV
také už ještě včera dnes zítra potom pak také velmi později nedávno dříve zároveň však ovšem přitom rovněž dále nakonec následně opět znovu dosud tehdy teď nyní právě skromně lakonicky stručně krátce otevřeně podobně například letos loni
= word SAY STRONG VERB VPAST V3S
řekl řekla řekli řekly říká říkají uvedl uvedla uvedli uvádí dodal dodala dodali dodává prohlásil prohlásila prohlásili prohlašuje sdělil sdělila sdělili napsal napsala píše vysvětlil vysvětlila vysvětluje potvrdil potvrdila potvrzuje
oznámil oznámila oznámili tvrdí tvrdil tvrdila tvrdili upozornil upozornila upozorňuje poznamenal poznamenala odpověděl odpověděla zeptal zeptala ptá zdůraznil zdůraznila připustil připustila přiznal přiznala varoval varovala popsal popsala
oznamuje sděluje uvádějí dodávají upozornili upozorňují varovali varuje varují zdůrazňuje zdůrazňují zdůraznili připouští připustili přiznává popisuje konstatuje konstatovali komentuje doplňuje doplnili slibuje informuje odpovídá odpověděli
prohlásili prohlašují napsali píší psal psala vysvětlili vysvětlují podotkl podotkla podotýká poukázal poukázala poukazuje připomněl připomněla připomíná připomněli naznačil naznačila ujistil ujistila ujišťuje vyprávěl vyprávěla vypráví líčí
prozradil prozradila svěřil svěřila pokračoval pokračovala zmínil zmínila argumentuje argumentoval argumentovala reagoval reagovala hlásí hlásil zopakoval zopakovala řekne tvrdilo uvedlo oznámilo potvrdilo potvrdili sdělilo soudí soudila myslel
konstatoval konstatovala komentoval komentovala doplnil doplnila slíbil slíbila řeklo informoval informovala informovali míní myslí soudí zvolal vykřikl zašeptal
= word CALL SAY VERB VPAST V3S
označil označila nazval nazvala
= word THINK VERB V3S VPAST
doufá věří obává domnívá
= word TITLE
prezident premiér premiérka ministr ministryně starosta starostka primátor hejtman senátor poslanec poslankyně generál profesor doktor předseda předsedkyně
= word ABBR
dr mgr ing mudr judr prof doc bc
= word ROLE NOUN
mluvčí ředitel ředitelka advokát právník expert analytik analytička lékař učitel novinář poslanec ministr ministryně prezident premiér starosta ekonom politolog svědek šéf vedoucí náměstek trenér trenérka kapitán kouč asistent velitel soudce soudkyně žalobce obhájce zmocněnec zmocněnkyně tajemník tajemnice člen členka
předseda předsedkyně místopředseda místopředsedkyně majitel majitelka manažer manažerka autor autorka režisér režisérka herec herečka primátor hejtman policista hasič historik psycholog sociolog ekolog obyvatel obyvatelka matka otec syn dcera
= word ROLE NOUN PLURAL
odborníci svědci lékaři policisté úřady kritici experti analytici zastánci odpůrci představitelé zástupci politici vědci hasiči obyvatelé novináři ekologové právníci studenti rodiče
= word ORG NOUN
ministerstvo vláda policie společnost výbor soud strana agentura úřad deník
= word TIME NOUN
týden týdnu týdne měsíc měsíci rok roce večer ráno odpoledne noci víkend víkendu hodin hodině minut pondělí úterý středu čtvrtek pátek sobotu neděli ledna února března dubna května června července srpna září října listopadu prosince
= word WORK NOUN
film kniha román píseň album seriál pořad deník
= word AUX PASS
je jsou byl byla bylo byli byly bude
