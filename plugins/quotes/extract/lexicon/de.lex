# German. Verbs stand with all their forms, or as wverb where they are weak (infinitive; "+": no ge- in the participle). Nouns stand with
# the forms that texts use; whatever has a capital and no entry is decided by what stands beside it.
# ---- function words
= word DET
der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner keines dieser diese dieses diesen diesem jener jene jenes jenen jeder jede jedes jeden alle allen aller
mehrere einige viele manche beide beiden welche welcher welches solche solcher mehr etliche
= word REL DET
der die das dessen deren denen welcher welche welches
= word POSSPRON
sein seine seinen seinem seiner seines ihr ihre ihren ihrem ihrer ihres mein meine meinen meinem meiner unser unsere unseren unserem unserer euer eure dein deine
= word PRON MALE
er ihn ihm letzterer ersterer
= word PRON
letztere letzteres erstere
= word POSSPRON MALE
sein seine seinen seinem seiner seines
= word POSSPRON FEMALE
ihr ihre ihren ihrem ihrer ihres
= word PRON
er sie es ihn ihm ihnen ich wir du mich uns dich man was dies niemand jemand wer sich mir dir alles nichts etwas
= word FIRST
ich wir mich uns mir mein meine unser unsere
= word OBJ
ihn ihm ihnen mich mir uns dich dir sich
= word PREP
in im an am auf aus bei beim bis durch für gegen hinter mit nach neben ohne seit über um unter vom von vor während wegen zu zum zur zwischen trotz gegenüber innerhalb außerhalb ab anhand aufgrund angesichts
per pro statt infolge hinsichtlich bezüglich mithilfe ins ans aufs
= word CONJ
und oder sondern sowie bzw
= word SUB
dass daß ob weil wenn als obwohl während nachdem bevor damit da falls sobald solange indem wie warum weshalb wo wann denn aber doch
= word AUX
ist sind war waren bin bist sei seien seid wäre wären hat haben hatte hatten habe hätte hätten hast wird werden wurde wurden werde würde würden worden gewesen geworden gehabt
= word AUX PASS
wird werden wurde wurden werde worden
= word AUX MODAL
kann können konnte konnten könne könnte könnten muss müssen musste mussten müsse müsste müssten soll sollen sollte sollten solle will wollen wollte wollten wolle darf dürfen durfte durften dürfe dürfte mag mögen möchte möchten
= word KONJ VERB V3S
gebe gehe komme stehe liege bleibe handle bestehe lasse wisse freue glaube hoffe meine denke wolle brauche führe bringe nehme sehe finde halte zeige gelte laufe spiele trage biete diene gehöre verfüge fehle drohe bedeute erwarte plane rechne fordere arbeite
= word KONJ
sei seien habe werde würde könne müsse solle wolle dürfe hätte wäre könnte müsste hätten wären könnten müssten würden
= word NEG ADV
nicht nie niemals
= word ADV
auch noch nur schon wieder dann hier dort heute gestern morgen jetzt nun bereits sehr immer etwa rund bisher bislang zudem außerdem dabei dazu daher deshalb dennoch allerdings jedoch zugleich gleichzeitig
weiter weiterhin später zuvor vorher erst ebenfalls ebenso besonders vielleicht offenbar angeblich vermutlich wörtlich unterdessen inzwischen schließlich zunächst demnach damit dagegen darauf darüber darin davon hingegen mittlerweile
so ja mal ganz fast mehr wohl eben gar kaum oft selbst sogar gegenwärtig derzeit künftig
= word ATTRIB PREP
laut zufolge gemäß
= word ATTRIB ADV
so
= word NUM
zwei drei vier fünf sechs sieben acht neun zehn elf zwölf hundert tausend
= noun TIME
montag dienstag mittwoch donnerstag freitag samstag sonntag sonnabend
= word TIME NOUN
januar februar märz april mai juni juli august september oktober november dezember morgen mittag nachmittag abend nacht woche wochen monat monate jahr jahre jahren jahres tag tage tagen stunde stunden minuten uhr wochenende vormittag
= word ABBR
dr prof st nr ca bzw z.b d.h u.a usw evtl mio mrd gest geb hl abs art str inkl vgl sog
= word PARTICLE
von van vom zu zur zum de der den di da le la el al bin von
= word TITLE MALE
herr herrn könig prinz lord graf papst bischof kardinal
= word TITLE FEMALE
frau königin prinzessin gräfin fräulein
= word TITLE
dr prof professor präsident präsidentin kanzler kanzlerin bundeskanzler bundeskanzlerin minister ministerin premierminister premierministerin bundespräsident ministerpräsident ministerpräsidentin außenminister außenministerin
innenminister innenministerin finanzminister finanzministerin verteidigungsminister verteidigungsministerin wirtschaftsminister justizminister gesundheitsminister gesundheitsministerin umweltminister umweltministerin
verkehrsminister arbeitsminister familienministerin bundesinnenminister bundesaußenminister bundesfinanzminister bundesverteidigungsminister bundesumweltminister bundesgesundheitsministerin staatspräsident regierungschef regierungschefin
bürgermeister bürgermeisterin oberbürgermeister oberbürgermeisterin senator senatorin general oberst hauptmann erzbischof staatssekretär staatssekretärin us-präsident us-außenminister us-außenministerin generalsekretär generalsekretärin
parteichef parteichefin parteivorsitzender parteivorsitzende vorsitzender vorsitzende fraktionschef fraktionsvorsitzender fraktionsvorsitzende richter richterin ministerpräsidenten präsidenten
# ---- people, organisations, documents
= word ROLE NOUN
sprecher pressesprecher regierungssprecher polizeisprecher unternehmenssprecher experte politiker minister präsident kanzler chef leiter direktor geschäftsführer vorsitzender vorsitzende vorsitzenden abgeordneter abgeordnete abgeordneten
anwalt rechtsanwalt staatsanwalt richter arzt professor lehrer forscher wissenschaftler historiker ökonom analyst beobachter kritiker gegner befürworter anhänger mitglied augenzeuge zeuge opfer täter verdächtiger angeklagter
angeklagte trainer spieler kapitän manager autor schriftsteller journalist redakteur reporter korrespondent kommentator moderator schauspieler regisseur sänger musiker künstler unternehmer investor händler arbeiter bauer pilot fahrer
mann junge vater sohn bruder ehemann onkel könig papst bischof pfarrer soldat offizier kommandant general rebell kämpfer aktivist student schüler bürger einwohner anwohner bewohner kunde patient nachbar freund kollege partner
vertreter gewerkschafter beamter beamte beamten ermittler kommissar kandidat gründer nachfolger vorgänger botschafter diplomat gesandter sekretär generalsekretär berater referent amtskollege ressortchef parteikollege stellvertreter
ministerpräsident außenminister innenminister finanzminister bürgermeister oberbürgermeister regierungschef parteichef fraktionschef staatschef teamchef polizeichef vorstandschef
= word ROLE NOUN FEMALE
sprecherin pressesprecherin expertin politikerin ministerin präsidentin kanzlerin chefin leiterin direktorin geschäftsführerin anwältin richterin ärztin professorin lehrerin forscherin wissenschaftlerin historikerin trainerin spielerin autorin
schriftstellerin journalistin redakteurin reporterin moderatorin schauspielerin sängerin frau tochter schwester mutter ehefrau witwe königin bürgermeisterin kandidatin studentin schülerin nachbarin freundin kollegin vertreterin gründerin aktivistin
staatsanwältin polizistin
= word ROLE NOUN MALE
mann vater sohn bruder ehemann onkel könig papst junge herr
= word ROLE NOUN PLURAL
leute menschen politiker experten forscher wissenschaftler kritiker gegner befürworter anhänger mitglieder zeugen augenzeugen abgeordnete minister vertreter ermittler beamte bürger einwohner anwohner medien behörden beobachter gewerkschafter demonstranten
aktivisten rebellen soldaten frauen männer kinder eltern ärzte anwälte richter staatsanwälte spieler fans journalisten sprecher grünen sozialdemokraten liberalen christdemokraten republikaner demokraten piraten
= word ORG NOUN
regierung bundesregierung landesregierung ministerium innenministerium außenministerium verteidigungsministerium bundesministerium bundesinnenministerium auswärtige amt bundesamt landesamt behörde behörden polizei staatsanwaltschaft bundesanwaltschaft gericht
amtsgericht landgericht oberlandesgericht verwaltungsgericht bundesgerichtshof bundesverfassungsgericht verfassungsgericht senat bundestag bundesrat parlament partei fraktion opposition koalition gewerkschaft verband bundesverband
verein organisation menschenrechtsorganisation kommission ausschuss rat sicherheitsrat vorstand aufsichtsrat unternehmen firma konzern bank zentralbank universität hochschule institut zeitung zeitschrift magazin nachrichtenagentur
agentur sender fernsehsender rundfunk redaktion kirche armee militär bundeswehr feuerwehr stadt gemeinde land bund gruppe bewegung bündnis initiative stiftung gesellschaft zentrum liga klub club mannschaft spd cdu csu fdp grüne linke
npd afd eu nato uno un ard zdf dpa afp reuters bbc cnn fbi cia google microsoft bka
= word DOC NOUN
bericht berichte berichten studie studien umfrage umfragen erklärung mitteilung pressemitteilung meldung meldungen brief schreiben dokument dokumente gutachten urteil gesetz statistik interview artikel beitrag buch
bekennerschreiben untersuchung analyse angaben zeitungsbericht medienberichte medienberichten zeitungsberichten
= word SPEECHN NOUN
interview erklärung mitteilung rede ansprache stellungnahme pressekonferenz gespräch brief schreiben pressemitteilung äußerung äußerungen worte worten aussage aussagen wort angabe angaben kommentar antwort frage begründung
zitat appell aufruf forderung vorwurf vorwürfe kritik warnung ankündigung meinung ansicht auffassung überzeugung einschätzung
= word CONTENTN NOUN
behauptung vorwurf meinung ansicht auffassung aussage forderung erklärung ankündigung hoffnung überzeugung warnung einschätzung feststellung begründung worten worte frage motto titel slogan spruch parole these thesen standpunkt
# ---- speech
= wverb SAY STRONG
sagen +erklären +betonen äußern antworten fragen kommentieren warnen bemerken melden +berichten meinen +behaupten +versichern +bestätigen +kritisieren fordern loben klagen +erläutern +ergänzen +entgegnen +verkünden
twittern +erwidern rügen mahnen +beteuern +bekräftigen spotten schimpfen +verlauten +resümieren +konstatieren +argumentieren +formulieren +zitieren +bedauern +begründen +beklagen +unterstreichen titeln witzeln +urteilen +prognostizieren
+signalisieren +vermelden posten +bilanzieren +präzisieren +kontern wettern jubeln +resümieren flüstern stöhnen raunen +appellieren +mutmaßen +vermuten +schlussfolgern folgern +gratulieren +verteidigen +verurteilen +bezeichnen nennen glauben
= word SAY STRONG VERB VPAST V3S VPP
sagte sagten sagt gesagt schrieb schrieben schreibt geschrieben schreibe sprach sprachen spricht gesprochen spreche rief riefen ruft gerufen hieß heißt heiße lautete lautet laute wies widersprach widerspricht widersprochen versprach verspricht versprochen
unterstrich unterstreicht bezeichnete bezeichneten bezeichnet bezeichne nannte nannten nennt genannt nenne warf wirft geworfen beschrieb beschreibt beschrieben gab gaben gibt räumte räumt teilte teilten teilt mitgeteilt mitteilte mitteilten mitteilt kündigte kündigten kündigt
angekündigt ankündigte fügte fügt hinzugefügt zitierte zitiert zitieren verlangte verlangt drohte droht gedroht bat baten bittet gebeten befand befindet entgegnete gestand gesteht gestanden bewertete bewertet verwies verweist bedankte äußerte äußerten geäußert
ließ dementierte dementiert dementierten wiederholte wiederholt appellierte hob bekannte bekennt kritisierte kritisierten begrüßte begrüßt begrüßten rechtfertigte rechtfertigt plädierte plädiert stellte stellten
reagierte reagiert beschuldigte beschuldigt beurteilte schilderte schilderten schildert erzählte erzählt erzählten
# verbs that mostly do something else are weak
= word WEAK
gab gaben gibt hieß heißt heiße lautete lautet laute warf wirft befand befindet teilte teilten teilt stellte stellten hob ließ räumte räumt fügte fügt reagierte rief wies droht drohte glauben stand nennen
= word THINK VERB VPAST V3S
glaubt glaubte dachte denkt hofft hoffte hofften fürchtet befürchtet befürchtete erwartet erwartete findet fand hält hielt sieht sah meint vermutet vermutete plant plante will rechnet rechnete zeigte zeigt zeigten
freute freut freue ausging geht gehe gehen ging gingen ausgeht ausgehen ausgegangen
hoffen hofften fürchten fürchteten fürchtete befürchten befürchteten befürchte schätzt schätzte schätzen schätzten erwarten erwarteten rechnen rechneten vermuten vermuteten meinen meinten bezweifelt bezweifelte bezweifeln
= word CALL VERB VPAST V3S VPP
nannte nannten nennt genannt bezeichnete bezeichneten bezeichnet beschimpfte beschimpft kritisierte kritisiert verurteilte verurteilt wertete gewertet bewertete würdigte lobte beschrieb charakterisierte bezeichne titulierte
= word NAMED VERB VPP
genannt genannte genannten genannter sogenannte sogenannten sogenannter sogenanntes namens betitelt getauft benannt
= word WORK NOUN
film filme films spielfilm dokumentarfilm buch buches roman romans lied album single stück theaterstück oper musical serie fernsehserie sendung talkshow zeitschrift magazin magazins zeitung tageszeitung wochenzeitung boulevardzeitung programm projekt ausstellung
spiel computerspiel gemälde gedicht reihe show band gruppe schiff kreuzfahrtschiff frachter raumsonde sonde satellit rakete operation aktion initiative preis auszeichnung orden titel nachrichtenmagazin nachrichtenmagazins
verein partei bündnis hotel restaurant diskothek kneipe firma unternehmen software browser betriebssystem website webseite internetseite portal blog nachrichtensender radiosender sender organisation marke hurrikan taifun sturm orkan
wirbelsturm tiefdruckgebiet hoch tief fähre tanker u-boot flugzeugträger raumfähre raumschiff segelschiff yacht jacht hilfsorganisation blatt fachzeitschrift fachmagazin stiftung festival wettbewerb
= word WORDN NOUN
wort begriff ausdruck bezeichnung name namen spitzname titel motto schlagwort rubrik kategorie codename prädikat aufschrift parole slogan
= word VERB V3S VPAST
kam kamen kommt ging gingen geht stand standen steht lag lagen liegt blieb bleibt fand finden nahm nahmen nimmt brachte bringt führte führt führten begann beginnt endete endet gewann gewinnt verlor verliert starb stirbt tötete wurde
erhielt erhält bekam bekommt machte macht machten setzte setzt setzten zog zogen zieht traf trafen trifft fuhr fährt lief läuft trat treten tritt soll spielte spielt zeigte gehört gehörte gehören liegen stehen kommen gehen bleiben machen
# ---- other verbs, so that clauses have theirs
= wverb VERB
machen führen spielen arbeiten leben wohnen reisen kaufen +verkaufen +bezahlen zahlen suchen +versuchen +besuchen holen +erholen hören gehören lernen lehren leisten stellen +erstellen +bestellen setzen +besetzen +ersetzen legen +belegen
+verlegen lösen +erlösen öffnen schließen brauchen +verbrauchen dienen +verdienen rechnen +berechnen zeigen +erzeugen drehen +erleben +erhöhen +erreichen reichen +erwarten warten +erfolgen folgen +verfolgen +verfügen fügen +ereignen +eröffnen
+errichten +berichtigen +beschäftigen +beteiligen +beobachten +beauftragen +beantragen +bewegen +bewirken wirken wechseln handeln +verhandeln +behandeln sammeln +versammeln wandeln +verwandeln sichern +versichern ändern +verändern +verhindern
hindern steuern dauern feiern fördern +erinnern liefern wundern kümmern mindern +verringern +vergrößern +verbessern +erweitern +verlängern +verschärfen +verstärken stärken schwächen warnen planen +verplanen proben +erproben prüfen +überprüfen
+untersuchen +unterstützen +unterrichten +übernachten +überraschen +überwachen +überzeugen +übersetzen +übertragen stützen stürzen schützen nutzen +benutzen nützen +verletzen +vernetzen hetzen jagen schicken +verschicken drücken +unterdrücken
blicken rücken pflücken +entdecken decken +bedecken strecken wecken packen starten landen enden +beenden +verwenden +entwenden +beantworten +verantworten +verurteilen urteilen +beurteilen teilen +verteilen +erteilen heilen eilen +beeilen weilen
feuern +erneuern +entfernen lernen filmen stimmen +bestimmen zustimmen +abstimmen räumen träumen +versäumen +vermeiden +verabschieden +verzichten +verpflichten +verdächtigen +ermächtigen +genehmigen +kündigen +verteidigen +beschädigen +entschädigen +benötigen
+bestätigen tätigen +besichtigen +berücksichtigen +beabsichtigen +verkündigen +ermutigen +beruhigen +entschuldigen +beschuldigen +verständigen +erledigen reinigen einigen +vereinigen +rechtfertigen fertigen +anfertigen +verfertigen testen kosten rasten lasten
+belasten +entlasten tasten fasten hasten leiten +begleiten +bereiten +verbreiten breiten weiten +erarbeiten +bearbeiten +verarbeiten deuten +bedeuten läuten +erläutern hüten +verhüten mieten +vermieten betreffen töten +verwüsten rüsten +begrüßen grüßen büßen
küssen +verpassen passen +erfassen +verfassen fassen +verfehlen fehlen zählen +erzählen wählen quälen +ernähren +bewähren +gewähren währen +erklären klären stören +zerstören +empören +schwören führen rühren +berühren +spüren spüren +kontrollieren +kritisieren
+organisieren +informieren +produzieren +reduzieren +investieren +finanzieren +demonstrieren +protestieren +reagieren +regieren +existieren +funktionieren +passieren +studieren +diskutieren +präsentieren +veranstalten +gestalten gestalten schalten +verwalten walten spalten
+kandidieren +profitieren +garantieren +akzeptieren +ignorieren +installieren +kombinieren +konzentrieren +korrigieren +markieren +operieren +probieren +riskieren +transportieren +verlieren +stabilisieren +blockieren +explodieren +evakuieren +kollidieren +marschieren +trainieren
+dominieren +initiieren +rechnen ahnen lohnen +belohnen trennen brennen +verbrennen +benennen +ernennen rennen nennen kennen +erkennen +bekennen senden wenden bauen +verbauen trauen +vertrauen schauen +anschauen stauen freuen +erfreuen streuen +betreuen bereuen scheuen
+bedrohen drohen fliehen +erlauben glauben rauben loben toben leben kleben schweben streben +bestreben +erstreben fragen +befragen klagen +beklagen +verklagen ragen sagen +versagen wagen +erwägen regen pflegen hegen +bewegen siegen +besiegen +genügen fügen +vergnügen +betrügen
+skandieren skandieren rufen fürchten +befürchten +berichten richten dichten +beachten achten +verachten +betrachten schlachten machen lachen wachen +erwachen +bewachen krachen +verursachen suchen buchen +verbuchen fluchen +verfluchen +besprechen mischen wischen +erwischen
löschen forschen +erforschen herrschen +beherrschen +veröffentlichen +ermöglichen +erleichtern +verlangen langen +erlangen hängen drängen +verdrängen mengen +verhängen sprengen +anstrengen bringen hoffen schaffen +verschaffen +beschaffen +bekämpfen kämpfen impfen dämpfen schimpfen
stopfen klopfen tropfen opfern kippen tippen stoppen koppeln doppeln klappen schnappen +ertappen knüpfen +verknüpfen schöpfen +erschöpfen köpfen
= sverb VERB
werben/wirbt/warb/geworben sehen/sieht/sah/gesehen geben/gibt/gab/gegeben nehmen/nimmt/nahm/genommen kommen/kommt/kam/gekommen gehen/geht/ging/gegangen stehen/steht/stand/gestanden liegen/liegt/lag/gelegen
lassen/lässt/ließ/gelassen halten/hält/hielt/gehalten fallen/fällt/fiel/gefallen fahren/fährt/fuhr/gefahren tragen/trägt/trug/getragen schlagen/schlägt/schlug/geschlagen wachsen/wächst/wuchs/gewachsen laden/lädt/lud/geladen
finden/findet/fand/gefunden binden/bindet/band/gebunden empfinden/empfindet/empfand/empfunden verbinden/verbindet/verband/verbunden verschwinden/verschwindet/verschwand/verschwunden gelingen/gelingt/gelang/gelungen
singen/singt/sang/gesungen springen/springt/sprang/gesprungen zwingen/zwingt/zwang/gezwungen sinken/sinkt/sank/gesunken trinken/trinkt/trank/getrunken beginnen/beginnt/begann/begonnen gewinnen/gewinnt/gewann/gewonnen
schwimmen/schwimmt/schwamm/geschwommen sterben/stirbt/starb/gestorben helfen/hilft/half/geholfen treffen/trifft/traf/getroffen werfen/wirft/warf/geworfen brechen/bricht/brach/gebrochen sprechen/spricht/sprach/gesprochen
bleiben/bleibt/blieb/geblieben schreiben/schreibt/schrieb/geschrieben steigen/steigt/stieg/gestiegen schweigen/schweigt/schwieg/geschwiegen treiben/treibt/trieb/getrieben leiden/leidet/litt/gelitten schneiden/schneidet/schnitt/geschnitten
streiten/streitet/stritt/gestritten reiten/reitet/ritt/geritten weisen/weist/wies/gewiesen beweisen/beweist/bewies/bewiesen verweisen/verweist/verwies/verwiesen scheinen/scheint/schien/geschienen erscheinen/erscheint/erschien/erschienen
greifen/greift/griff/gegriffen begreifen/begreift/begriff/begriffen ziehen/zieht/zog/gezogen fliegen/fliegt/flog/geflogen biegen/biegt/bog/gebogen bieten/bietet/bot/geboten verbieten/verbietet/verbot/verboten fliehen/flieht/floh/geflohen
schließen/schließt/schloss/geschlossen beschließen/beschließt/beschloss/beschlossen schießen/schießt/schoss/geschossen fließen/fließt/floss/geflossen verlieren/verliert/verlor/verloren frieren/friert/fror/gefroren lügen/lügt/log/gelogen
betrügen/betrügt/betrog/betrogen rufen/ruft/rief/gerufen laufen/läuft/lief/gelaufen stoßen/stößt/stieß/gestoßen heben/hebt/hob/gehoben lesen/liest/las/gelesen essen/isst/aß/gegessen vergessen/vergisst/vergaß/vergessen
messen/misst/maß/gemessen treten/tritt/trat/getreten bitten/bittet/bat/gebeten sitzen/sitzt/saß/gesessen besitzen/besitzt/besaß/besessen denken/denkt/dachte/gedacht bringen/bringt/brachte/gebracht verbringen/verbringt/verbrachte/verbracht
erhalten/erhält/erhielt/erhalten enthalten/enthält/enthielt/enthalten verhalten/verhält/verhielt/verhalten behalten/behält/behielt/behalten entscheiden/entscheidet/entschied/entschieden unterscheiden/unterscheidet/unterschied/unterschieden
verstehen/versteht/verstand/verstanden bestehen/besteht/bestand/bestanden entstehen/entsteht/entstand/entstanden vergehen/vergeht/verging/vergangen begehen/begeht/beging/begangen bekommen/bekommt/bekam/bekommen
entsprechen/entspricht/entsprach/entsprochen unternehmen/unternimmt/unternahm/unternommen übernehmen/übernimmt/übernahm/übernommen ergeben/ergibt/ergab/ergeben vergeben/vergibt/vergab/vergeben erfahren/erfährt/erfuhr/erfahren
empfehlen/empfiehlt/empfahl/empfohlen befehlen/befiehlt/befahl/befohlen betreffen/betrifft/betraf/betroffen übertreffen/übertrifft/übertraf/übertroffen verlassen/verlässt/verließ/verlassen entlassen/entlässt/entließ/entlassen
empfangen/empfängt/empfing/empfangen fangen/fängt/fing/gefangen hängen/hängt/hing/gehangen raten/rät/riet/geraten verraten/verrät/verriet/verraten geraten/gerät/geriet/geraten unterliegen/unterliegt/unterlag/unterlegen
schaffen/schafft/schuf/geschaffen betreten/betritt/betrat/betreten vertreten/vertritt/vertrat/vertreten versterben/verstirbt/verstarb/verstorben erwerben/erwirbt/erwarb/erworben bewerben/bewirbt/bewarb/beworben
wissen/weiß/wusste/gewusst kennen/kennt/kannte/gekannt nennen/nennt/nannte/genannt brennen/brennt/brannte/gebrannt erkennen/erkennt/erkannte/erkannt ernennen/ernennt/ernannte/ernannt rennen/rennt/rannte/gerannt
# speech that the lists above leave out
= wverb SAY STRONG
+skandieren +beschwören +prahlen höhnen spötteln grollen donnern +bemängeln +monieren +attestieren +dementieren +signalisieren +postulieren +konstatieren +referieren +rezitieren +verneinen bejahen +verneinen +frotzeln
= word SAY STRONG VERB VPP
betont gesagt erklärt berichtet gemeldet behauptet gemeint gefordert gewarnt kritisiert zugesagt zugesichert eingeräumt versichert beklagt bemängelt vorgeworfen aufgefordert vorgeschlagen empfohlen
= word SAY STRONG VERB VPAST V3S
zusicherte zusichert zusagte zusagt einräumte einräumt ausführte ausführt ausführten hinzufügte hinzufügt angab angibt zugab zugibt vorwarf vorwirft hervorhob hervorhebt zurückwies zurückweist klarstellte klarstellt ankündigt bekanntgab bekanntgibt
= word PREFIX
an ab auf aus ein mit hinzu zurück vor nach fest zu dar bei heraus hervor weiter
= word NATION ADJ
deutsche deutscher deutschen deutsches amerikanische amerikanischer amerikanischen us-amerikanische us-amerikanischer us-amerikanischen britische britischer britischen französische französischer französischen russische russischer russischen
chinesische chinesischer chinesischen italienische italienischer spanische spanischer polnische polnischer türkische türkischer türkischen israelische israelischer israelischen palästinensische iranische iranischer irakische irakischer österreichische
österreichischer schweizer europäische europäischer europäischen ukrainische ukrainischer japanische japanischer syrische syrischer ägyptische libysche afghanische afghanischer pakistanische indische griechische niederländische
= word PLACE
deutschland berlin hamburg münchen köln frankfurt österreich wien schweiz usa amerika großbritannien england london frankreich paris italien rom spanien madrid russland moskau china peking japan tokio türkei ankara istanbul israel jerusalem
iran teheran irak bagdad syrien damaskus ägypten kairo libyen afghanistan kabul pakistan indien griechenland athen polen warschau ukraine kiew europa brüssel washington hessen bayern sachsen thüringen brandenburg niedersachsen
nordrhein-westfalen baden-württemberg rheinland-pfalz schleswig-holstein saarland bremen stuttgart düsseldorf dresden leipzig hannover
= word ORGNAME
universität partei verband verein gmbh ag bank institut zeitung ministerium amt
# ---- what stands at the beginning of sentences, and conjunctions
= word SUB
zumal wonach sodass soweit sofern sooft obgleich seitdem ehe indes wohingegen wobei wodurch womit worauf worüber wofür
= word ADV
wenige zurzeit derzeitig darin daraus darunter davor danach dahinter daneben dafür dazwischen damals zuletzt anschließend zuerst erneut ferner insbesondere insgesamt wahrscheinlich möglicherweise voraussichtlich tatsächlich natürlich selbstverständlich
einerseits andererseits schließlich endlich inzwischen seither zeitweise teilweise überdies obendrein ansonsten sonst stattdessen trotzdem gleichwohl indessen hierzu hierbei hiermit hierfür diesbezüglich vielmehr lediglich bloß ungefähr knapp
momentan aktuell kürzlich neulich jüngst bald sofort gleich nämlich überhaupt zwar weder sowohl allenfalls mindestens höchstens einmal zweimal jedenfalls immerhin dadurch hierdurch folglich somit mithin ergo dementsprechend entsprechend
hingegen vorerst vorab bekanntlich angeblich offensichtlich vermeintlich unterdessen seinerzeit früh spät abends morgens mittags nachts zusammen
= word DET
einige etlichen mancher manchen manches einigen vielen jedes sämtliche sämtlichen jegliche jeglicher irgendein irgendeine
= word NUM
tausende zehntausende hunderttausende hunderte dutzende millionen milliarden million milliarde zwanzig dreißig vierzig fünfzig beide
# ---- more of who may speak
= word ROLE NOUN
verteidiger ankläger kläger beklagter verleger intendant dirigent komponist regisseur produzent blogger youtuber aktivist demonstrant flüchtling retter sanitäter notarzt chefarzt oberarzt pfleger krankenpfleger apotheker hebamme gutachter
sachverständiger datenschützer tierschützer naturschützer umweltschützer verbraucherschützer jugendlicher erwachsener urlauber tourist pendler radfahrer autofahrer fahrgast passagier häftling insasse gefangener verurteilter beschuldigter
rektor dekan kurator archivar bibliothekar restaurator förster landwirt winzer metzger bäcker gastwirt wirt hotelier koch friseur handwerker meister ingenieur techniker architekt programmierer entwickler informatiker physiker chemiker biologe
mediziner virologe psychologe soziologe politologe politikwissenschaftler meteorologe geologe astronom klimaforscher konfliktforscher rechtsmediziner feuerwehrmann landrat stadtrat kämmerer dezernent ortsvorsteher bezirksbürgermeister
innensenator finanzsenator kultusminister ressortchef intendant obmann schatzmeister vizepräsident vizekanzler vizechef bundestrainer nationalspieler torwart stürmer verteidiger mittelfeldspieler schiedsrichter weltmeister olympiasieger
rennfahrer läufer schwimmer boxer radprofi manager sportdirektor hauptkommissar oberkommissar polizist wachmann zeugin
= word ROLE NOUN FEMALE
pflegerin krankenpflegerin hebamme ärztin landwirtin landrätin stadträtin amtskollegin parteikollegin rektorin dekanin verlegerin zeugin bundestrainerin
= word ROLE NOUN PLURAL
veranstalter betreiber hersteller händler bauern landwirte nachbarn freunde kollegen verteidiger ankläger flüchtlinge helfer retter sanitäter touristen passagiere fahrgäste häftlinge gefangene jugendliche aktivistinnen
bewohner arbeiter angestellte beschäftigte arbeitgeber arbeitnehmer unternehmer investoren analysten ökonomen juristen mediziner datenschützer tierschützer umweltschützer bundesländer länder kommunen vereine verbände parteien
unternehmen polizisten feuerwehrleute teilnehmer besucher zuschauer leser nutzer kunden patienten hacker christdemokraten regierungskreise sicherheitskreise kreise oppositionelle grünen linken piraten taliban
= word ORG NOUN
polizeipräsidium präsidium landeskriminalamt bundeskriminalamt kartellamt bundeskartellamt finanzamt jugendamt gesundheitsamt arbeitsagentur kammer handwerkskammer ärztekammer akademie klinik krankenhaus hospital klinikum verlag redaktion
fraktion landtag stadtrat gemeinderat kreistag magistrat kabinett hauptquartier botschaft konsulat staatsanwaltschaft generalstaatsanwaltschaft betreiber airline fluggesellschaft bahn post versicherung krankenkasse sparkasse betriebsrat
geschäftsführung unternehmensleitung konzernleitung hausverwaltung stadtverwaltung verwaltung universitätsleitung schulleitung leitung werk schule menge menschenmenge familie armee junta miliz europaparlament eu-kommission
weltbank weltgesundheitsorganisation umweltverband umweltschutzorganisation greenpeace amnesty wetterdienst nationalbank bundesbank notenbank justiz landesverband ortsverein jury komitee nobelkomitee bischofskonferenz vatikan
# feminine, so that "der Behörde" is no subject
= word FEMALE ORG NOUN
behörde gruppe firma stadt kirche agentur bank armee stadtverwaltung familie junta miliz jury justiz bahn post kammer schule klinik akademie menge presse firma airline sparkasse krankenkasse
# what no surname is, though it stands alone with a capital
= word NOUN
beispiel gespräch antwort reaktion anfrage hintergrund grund ergebnis ende anfang beginn teil fall art weise sache thema frage lösung problem schritt weg ziel plan vorschlag entscheidung maßnahme situation lage krise folge folgen
zusammenhang rahmen anlass termin treffen besuch reise unfall angriff anschlag brand feuer explosion opfer tote verletzte schaden kosten geld euro dollar prozent zahl zahlen menge größe höhe länge breite tonne tonnen meter kilometer
welt erde sonne mond wasser luft wetter regen schnee wind sturm straße platz haus gebäude wohnung zimmer tür fenster auto wagen bus zug flugzeug schiff boot brücke tunnel hafen bahnhof flughafen
= word WEAK
verteidigte beschloss
# ---- more of what is named rather than said
= word WORK NOUN
schlagzeile überschrift zeitungen magazine nachrichtensendung nachrichtenportal wochenmagazin onlinemagazin newsportal bloggerin podcast hörbuch sachbuch bildband krimi thriller komödie tragödie drama ballett sinfonie tournee tour single
trailer videospiel actionspiel app plattform netzwerk suchmaschine betriebssystem virus wurm trojaner modell baureihe panzer kampfjet hubschrauber drohne torpedo fregatte zerstörer trägerrakete kapsel mission teleskop stern planet komet asteroid
bezirk viertel stadtteil gasthaus gaststätte lokal café bar club klub gasthof kino theater zeche grube bergwerk kraftwerk windpark einkaufszentrum mall park zoo zirkus gesetzentwurf paragraf
studie bericht artikel aufsatz essay kolumne vortrag konferenz tagung kampagne resolution richtlinie
= word CONTENTN NOUN
spruch sprüche sprüchen parolen rufe rufen sprechchöre sätze sätzen slogans losungen
= wverb SAY
anprangern
= word SAY STRONG VERB VPAST V3S
prangert prangerte prangerten riet rieten rät
= word ORG NOUN
kampagne lager team seite wahlkampfteam
= word SAY STRONG VERB VPAST V3S
strich streicht hob hebt stellte stellt
= word ROLE NOUN
führer oppositionsführer gewerkschaftsführer beauftragte beauftragter wirtschaftsweise wirtschaftsweiser sachverständige geschädigte angeklagte jugendliche jährige jähriger
# titles alone are offices
= word ROLE NOUN
herr herrn könig prinz papst bischof kardinal professor präsident kanzler bundeskanzler minister premierminister bundespräsident ministerpräsident
außenminister innenminister finanzminister verteidigungsminister wirtschaftsminister justizminister gesundheitsminister umweltminister
verkehrsminister arbeitsminister bundesinnenminister bundesaußenminister bundesfinanzminister bundesverteidigungsminister bundesumweltminister
staatspräsident regierungschef bürgermeister oberbürgermeister senator hauptmann erzbischof staatssekretär us-präsident us-außenminister
generalsekretär parteichef parteivorsitzender parteivorsitzende vorsitzender vorsitzende fraktionschef fraktionsvorsitzender fraktionsvorsitzende
richter ministerpräsidenten präsidenten
= word ROLE NOUN FEMALE
frau königin prinzessin gräfin fräulein präsidentin kanzlerin bundeskanzlerin ministerin premierministerin ministerpräsidentin außenministerin
innenministerin finanzministerin verteidigungsministerin gesundheitsministerin umweltministerin familienministerin bundesgesundheitsministerin
regierungschefin bürgermeisterin oberbürgermeisterin senatorin staatssekretärin us-außenministerin generalsekretärin parteichefin richterin
= word ROLE NOUN
verfasser urheber absender initiator organisator veranstalter betreiber hersteller ankläger fahnder
= word SAY STRONG VERB VPAST V3S VPP
ausdrückte ausdrückt ausdrückten
= word ABBR
inc ltd corp ii iii iv vi vii viii ix xi xii xiii xiv xv xvi xvii xviii xxiii z d u o
= word CONTENTN NOUN
informationen information schätzung schätzungen erkenntnis erkenntnisse erkenntnissen auskunft auskünften darstellung darstellungen berechnung berechnungen recherchen mitteilungen meldungen
= word DOC NOUN
recherche recherchen notiz protokoll vermerk memo depesche leitartikel gastbeitrag vorabbericht agenturbericht
= word CONTENTN NOUN
bericht berichte berichten studie studien umfrage umfragen statistik statistiken gutachten medienberichte medienberichten zeitungsberichte zeitungsberichten zeitungsbericht medienbericht untersuchung untersuchungen analyse analysen
= word CONTENTN NOUN
sicht
= word PLACE
deutschlands österreichs großbritanniens englands frankreichs italiens spaniens russlands chinas japans türkeis israels irans iraks syriens ägyptens libyens afghanistans pakistans indiens griechenlands polens ukraines europas hessens bayerns sachsens thüringens brandenburgs niedersachsens hamburgs berlins münchens kölns amerikas belgiens dänemarks schwedens norwegens finnlands portugals ungarns tschechiens rumäniens bulgariens serbiens kroatiens georgiens kasachstans venezuelas brasiliens argentiniens mexikos kanadas australiens neuseelands südafrikas nigerias kenias äthiopiens sudans jemens saudi-arabiens nordkoreas südkoreas thailands vietnams indonesiens singapurs
belgien dänemark schweden norwegen finnland portugal ungarn tschechien rumänien bulgarien serbien kroatien georgien kasachstan venezuela brasilien argentinien mexiko kanada australien neuseeland südafrika nigeria kenia äthiopien sudan jemen
saudi-arabien nordkorea südkorea thailand vietnam indonesien singapur niederlande tunesien marokko algerien libanon jordanien katar kuba chile peru kolumbien estland lettland litauen slowakei slowenien albanien kosovo moldau belarus weißrussland
= word OPINE NOUN CUE
angabe angaben aussage aussagen ansicht meinung auffassung überzeugung einschätzung einschätzungen worten darstellung darstellungen information informationen bericht berichte berichten erkenntnis erkenntnisse erkenntnissen schätzung schätzungen
auskunft auskünften mitteilung mitteilungen medienbericht medienberichte medienberichten zeitungsbericht zeitungsberichte zeitungsberichten studie studien umfrage umfragen berechnung berechnungen meldung meldungen statistik statistiken
recherchen gutachten untersuchung untersuchungen analyse analysen sicht urteil bekunden empfinden
= sverb VERB
betreiben/betreibt/betrieb/betrieben übertreiben/übertreibt/übertrieb/übertrieben vertreiben/vertreibt/vertrieb/vertrieben beschreiben/beschreibt/beschrieb/beschrieben unterschreiben/unterschreibt/unterschrieb/unterschrieben
verschweigen/verschweigt/verschwieg/verschwiegen vergleichen/vergleicht/verglich/verglichen entweichen/entweicht/entwich/entwichen bestreiten/bestreitet/bestritt/bestritten überschreiten/überschreitet/überschritt/überschritten
verdienen/verdient/verdiente/verdient verschieben/verschiebt/verschob/verschoben erheben/erhebt/erhob/erhoben entziehen/entzieht/entzog/entzogen beziehen/bezieht/bezog/bezogen vollziehen/vollzieht/vollzog/vollzogen
# ---- adjectives that unknown words in -en would be verbs without
= word ADJ
erste ersten erster erstes erstem zweite zweiten zweiter zweites dritte dritten dritter letzte letzten letzter letztes nächste nächsten nächster vorläufige vorläufigen vorläufiger eigene eigenen eigener eigenes
bisherige bisherigen bisheriger weitere weiteren weiterer weiteres offizielle offiziellen offizieller offizielles übereinstimmende übereinstimmenden unbestätigte unbestätigten jüngste jüngsten jüngster inoffizielle inoffiziellen
# ---- whose words "nach" has behind it, or in front of it
= word OPINE NOUN CUE
willen wunsch vorstellung vorstellungen gesetz vernehmen ermittlungen hochrechnung hochrechnungen prognose prognosen endergebnis wahlergebnis dokument dokumenten gerüchten vermutungen gesetzentwurf gesetzesentwurf entwurf plan plänen verfassung
# ---- the second subjunctive of strong verbs
= word KONJ VERB VPAST
käme kämen gäbe gäben ginge ließe bliebe stünde stünden läge lägen fände fänden nähme nähmen träfe träfen wüsste wüssten bräuchte bräuchten brächte brächten hielte entstünde entstünden sähe sähen täte täten verlöre bekäme bekämen liefe fiele hieße
# ---- what has "wonach" behind it
= word CONTENTN NOUN
gerücht gerüchte gerüchten spekulation spekulationen vermutung vermutungen mutmaßung mutmaßungen verdacht
# ---- more speech
= word SAY STRONG VERB VPP
ausgesagt angegeben bekanntgegeben zugegeben hervorgehoben klargestellt zurückgewiesen hingewiesen dargelegt angeregt angemerkt eingewandt eingewendet beteuert bekundet bestritten
= word SAY STRONG VERB VPAST V3S
darlegte darlegt darlegten anregte anregt hinwies hinweist anmerkte anmerkt einwandte einwendet bekundete bekundeten bekundet bestritt bestritten bestreitet besagt besagte besagen vorschlug vorschlägt vorschlugen bestreiten bekunden warfen werfen vorwarfen vorwerfen
= word THINK VERB VPAST V3S
fanden erhofft erhoffte erhofften erhoffen
= word SAY WEAK VERB VPAST V3S VPP
ergab ergaben ergibt ergeben
= word ORG NOUN PLURAL
organisationen gewerkschaften firmen kirchen banken gerichte ministerien zeitungen sender agenturen staaten regierungen kommissionen universitäten institute fraktionen koalitionen unternehmen konzerne kassen kliniken stiftungen
= word ADV CUE
bekannt
= word SAY WEAK STRONG VERB VPAST V3S
schlug schlugen schlägt
= word NOUN CUE
schluss ergebnis
= word THINK VERB VPAST V3S
halten hielten sehen sahen betrachtet betrachten betrachtete betrachteten
= word TIME NOUN
mez mesz gmt utc ortszeit
= word SAY STRONG VERB VPAST V3S VPP
vereinbarte vereinbarten vereinbart beschlossen beschließt entschied entschieden entscheidet
= word SAY STRONG VERB VPAST
beschloss
= wverb SAY STRONG
+spekulieren +prophezeien +insistieren +beanstanden +enthüllen +offenbaren leugnen +erinnern tadeln +geloben +relativieren drängen pochen +bezeugen +ersuchen +lamentieren unken +beharren
= word SAY STRONG VERB VPAST V3S VPP
empfahl empfahlen empfiehlt schwor schwört geschworen
