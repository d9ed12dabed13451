# English. Sections: "= kind FEATURE…"; kinds are word (as it stands), verb (inflected here; irregular forms after slashes:
# base/past or base/past/participle), noun (plural made; irregular after a slash). A word may stand in several sections.
# ---- function words
= word ATTRIB VING
according
= word DET
the a an this these those each every some any no another both either neither such many several few more most all half what whatever which other
# those that can stand without a noun
= word DET LONE
some many several few most all both another each any either neither none half more
# words that make a frame with others: "put it", "in the words of"
= word CUE
put puts words
= word POSSPRON
his her their its my our your whose
= word POSSPRON MALE
his
= word POSSPRON FEMALE
her
= word PRON MALE
he himself
= word PRON FEMALE
she herself
= word PRON PLURAL
they them themselves we us ourselves
= word PRON
i you it me him her everyone everybody someone somebody nobody anyone anybody others who
= word PRON MALE OBJ
him
= word OBJ
me us them him her himself herself themselves itself
= word FIRST
i we me us my our
= word PREP
of in on at by for with from to into onto about against between among through during before after above below over under around near since without within
across behind beyond despite toward towards upon via per like unlike amid amidst regarding concerning following including plus versus throughout outside inside
alongside besides except until till off down up out along past aboard
# prepositions that stand before numbers as adverbs; the "there" of "there is"
= word PREP LONE
about around over under
= word ADV LONE
there
= word CONJ
and or but nor yet
= word SUB
that because if when while although though whether as since unless whereas where why how once lest than
= word REL
who whom which whose that where what
= verb AUX
be/was/been
= word AUX
is are was were am be been being has have had having do does did done doing 's 're 've 'd 'm isn't aren't wasn't weren't hasn't haven't hadn't doesn't don't didn't ain't get gets got getting
# auxiliaries of the passive
= word AUX PASS
is are was were am be been being isn't aren't wasn't weren't get gets got 's 're 'm
= word AUX MODAL
will would can could may might must shall should 'll won't wouldn't can't cannot couldn't mightn't mustn't shouldn't
= word NEG ADV
not never n't
= word ADV
only also then now later earlier again still just only even once soon often always already almost ever here there too very quite rather instead however meanwhile moreover
therefore thus perhaps maybe indeed ago away back far well together today tomorrow yesterday tonight first finally further furthermore afterward afterwards
apparently reportedly allegedly recently previously repeatedly famously publicly privately reluctantly merely simply subsequently separately additionally early late long else so twice sometimes
nevertheless nonetheless likewise similarly conversely otherwise elsewhere overall consequently accordingly hence regardless notably importantly interestingly unfortunately fortunately surprisingly ironically lately
jokingly bluntly flatly quickly initially specifically originally essentially basically angrily briefly
= word NUM
one-third two-thirds one-quarter three-quarters one-fifth two-fifths three-fifths four-fifths one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion dozen dozens hundreds thousands millions billions
= word TIME NOUN
monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december mon tue wed thu fri sat sun jan feb mar apr aug sept sep oct nov dec
noon midnight today yesterday tomorrow tonight
= noun TIME
morning afternoon evening night week weekend month year day hour minute moment summer winter spring fall autumn decade
= word ABBR
mr mrs ms dr prof sen gov rep gen col lt sgt capt cmdr maj adm rev hon st jr sr vs etc inc corp co ltd no dept est jan feb mar apr aug sept sep oct nov dec mon tue wed thu fri sat sun u.s u.k u.n d.c a.m p.m e.g i.e
ala ariz ark calif colo conn del fla ga ill ind kan ky la md mass mich minn miss mo mont neb nev n.h n.j n.m n.y n.c n.d okla ore pa r.i s.c s.d tenn tex vt va wash wis wyo messrs mt ft atty sens reps govs
= word SUFFIX
jr sr ii iii iv esq
= word PARTICLE
de da di del della der den van von zu zur la le el al bin bint ibn ben abu ter ten du dos das af av
= word TITLE MALE
mr sir lord king prince monsieur father brother señor pope sheikh
= word TITLE FEMALE
mrs ms miss madam madame lady queen princess sister dame baroness viscountess countess duchess empress
= word TITLE
dr prof sen gov rep gen col lt sgt capt cmdr maj adm rev hon president senator governor congressman congresswoman representative secretary minister chancellor premier
general colonel captain lieutenant sergeant major admiral commander judge justice mayor professor doctor attorney ambassador bishop archbishop cardinal rabbi pastor imam reverend
commissioner councilman councilwoman councillor sheriff detective officer chief director chairman chairwoman speaker coach dean delegate deputy vice former ex-president undersecretary messrs sens reps then-president corporal private agent inspector constable superintendent det insp supt pc cllr cpl pvt brigadier mullah ayatollah emir sultan
= word TITLE MALE
congressman chairman councilman
= word TITLE FEMALE
congresswoman chairwoman councilwoman
# ---- people without a name
= noun ROLE
spokesperson/spokespeople analyst expert economist professor director official officer leader critic supporter opponent advocate activist adviser advisor aide ally/allies lawyer attorney doctor
nurse teacher student researcher scientist scholar historian author writer journalist reporter editor columnist commentator correspondent anchor host moderator pundit blogger novelist poet
politician lawmaker legislator senator congressman/congressmen congresswoman/congresswomen representative governor mayor president chancellor minister secretary/secretaries ambassador diplomat envoy candidate nominee
contender challenger incumbent democrat republican conservative liberal progressive libertarian independent voter resident citizen neighbor neighbour witness/witnesses victim survivor suspect defendant plaintiff
prosecutor judge justice detective investigator sheriff deputy/deputies cop policeman/policemen policewoman/policewomen firefighter soldier veteran general colonel captain commander lieutenant sergeant major admiral
executive manager owner founder co-founder chairman/chairmen chairwoman/chairwomen chairperson chief head boss ceo president entrepreneur businessman/businessmen businesswoman/businesswomen businessperson billionaire millionaire
investor banker trader broker accountant consultant strategist pollster operative organizer volunteer donor fundraiser staffer staff employee worker farmer driver pilot engineer designer developer
artist actor actress/actresses singer musician composer comedian filmmaker producer dancer painter photographer chef waiter waitress/waitresses coach player athlete striker goalkeeper quarterback champion
priest pastor bishop archbishop cardinal rabbi imam minister pope monk nun psychologist psychiatrist physician surgeon therapist specialist counselor coordinator administrator superintendent
principal dean instructor fellow graduate teenager teen boy girl kid child/children baby adult man/men woman/women guy lady/ladies gentleman/gentlemen person/people father mother dad mom son daughter brother sister husband
wife/wives uncle aunt cousin nephew niece grandfather grandmother parent friend colleague partner member participant guest visitor tourist traveler refugee migrant immigrant source insider observer
watcher onlooker bystander passenger customer client patient user fan follower viewer reader listener speaker negotiator mediator representative delegate delegation counterpart predecessor successor rival
enthusiast backer surrogate loyalist evangelical native hawk libertarian proponent skeptic detractor regulator inspector auditor treasurer clerk cashier shopkeeper plumber carpenter mechanic electrician technician
biologist chemist physicist astronomer geologist meteorologist climatologist epidemiologist sociologist anthropologist archaeologist demographer statistician mathematician philosopher theologian linguist librarian curator archivist
king queen prince princess/princesses emperor monarch sultan sheikh lord duke duchess/duchesses premier dictator strongman/strongmen militant rebel insurgent terrorist gunman/gunmen attacker hacker whistleblower informant inmate prisoner guard
spokesman/spokesmen spokeswoman/spokeswomen congressperson councilman/councilmen councilwoman/councilwomen councillor commissioner anchorman/anchormen newsman/newsmen salesman/salesmen fisherman/fishermen craftsman cameraman
undersecretary lobbyist mogul tycoon magnate publisher blogger correspondent newscaster caller respondent attendee protester protestor demonstrator marcher heckler celebrity/celebrities star
accuser apparatchik apprentice archdeacon attache attaché backbencher barista batsman/batsmen breeder bride cabbie centenarian chair churchgoer
clergyman/clergymen co-chair commuter complainant consul coroner curate daddy deportee dermatologist educator exporter eyewitness/eyewitnesses fiancé
fiancée franchisee freelancer grandma grandpa grower gynecologist handyman headteacher hotelier housemate humanitarian hydrologist importer intern
interpreter jailer landowner lawman/lawmen millennial monarchist motorist mufti mum mummy newborn newlywed pacifist paediatrician palaeontologist
perpetrator pitcher policymaker rector restaurateur rower royalist schoolboy schoolgirl shopper skipper statesman/statesmen stateswoman/stateswomen
stepson subcontractor suffragist surveyor trainee trainer translator trawlerman trustee tutor unionist vicar vice-chair vice-president winger
elder couple pair duo trio family/families household teammate classmate roommate newcomer outsider youth youngster senior retiree pensioner forecaster theorist campaigner canvasser organiser groomsman/groomsmen
adolescent toddler infant fiance fiancee widow widower orphan spouse stepfather stepmother godfather grandparent grandson granddaughter grandchild/grandchildren ancestor descendant relative sibling
landlord tenant homeowner renter lender borrower creditor debtor taxpayer shareholder stakeholder bondholder policyholder insurer underwriter vendor supplier retailer wholesaler grocer 
bartender hairdresser cleaner janitor caretaker caregiver babysitter nanny/nannies housekeeper gardener landscaper carer midwife/midwives paramedic pharmacist dentist optometrist
veterinarian vet oncologist cardiologist neurologist pediatrician radiologist anesthesiologist virologist immunologist microbiologist geneticist neuroscientist oceanographer seismologist volcanologist ecologist
environmentalist conservationist zoologist botanist entomologist paleontologist historian ethicist criminologist toxicologist nutritionist dietitian physiotherapist referee umpire goalie midfielder defender
batter catcher outfielder shortstop linebacker sprinter swimmer cyclist skier skater wrestler golfer jockey gymnast medalist teammate 
minister parishioner worshiper worshipper atheist missionary/missionaries evangelist cleric mullah ayatollah caliph preacher theologian
lieutenant cadet recruit draftee conscript sniper airman/airmen seaman/seamen guardsman/guardsmen paratrooper commando mercenary/mercenaries warlord insurgent jihadist extremist separatist nationalist loyalist
communist socialist marxist anarchist fascist populist centrist leftist rightist environmentalist feminist suffragette abolitionist reformer reformist dissident exile defector refugee asylum-seeker expatriate emigre
appointee nominee incumbent officeholder legislator assemblyman/assemblymen assemblywoman/assemblywomen alderman/aldermen selectman/selectmen committeeman/committeemen ombudsman/ombudsmen constituent electorate
registrar bureaucrat technocrat civil-servant magistrate arbitrator litigator solicitor barrister notary paralegal juror bailiff trooper patrolman/patrolmen bodyguard bouncer watchman/watchmen
arsonist burglar robber thief/thieves thug mobster gangster smuggler trafficker addict offender convict parolee fugitive bomber hijacker kidnapper captor hostage stalker abuser molester rapist murderer killer
stockbroker economist financier banker actuary auditor bookkeeper treasurer controller underwriter appraiser realtor developer contractor builder bricklayer roofer welder machinist foreman/foremen
trucker cabdriver chauffeur conductor dispatcher motorman/motormen flight-attendant steward stewardess/stewardesses stowaway deckhand navigator astronaut cosmonaut
screenwriter playwright dramatist biographer memoirist essayist critic reviewer columnist cartoonist illustrator sculptor architect choreographer ballerina violinist pianist guitarist drummer cellist soprano 
rapper songwriter lyricist bandleader impresario showrunner cinematographer stuntman/stuntmen designer influencer vlogger podcaster streamer gamer programmer coder sysadmin technologist futurist
inventor innovator philanthropist benefactor heiress/heiresses socialite aristocrat nobleman/noblemen baroness/baronesses countess/countesses viscount marquess tsar czar kaiser sultan emir
schoolteacher schoolchild/schoolchildren pupil undergraduate freshman/freshmen sophomore alumnus/alumni alumna/alumnae valedictorian lecturer headmaster headmistress/headmistresses chancellor provost 
academic intellectual thinker scholar expert specialist consultant adviser think-tanker watchdog activist organizer agitator whistle-blower picketer striker boycotter marcher
farmworker farmhand rancher cowboy beekeeper winemaker vintner lumberjack roughneck
= word ROLE PLURAL
percent
= word ROLE MALE
spokesman spokesmen congressman chairman businessman policeman man men guy boy father dad son brother husband uncle nephew grandfather king prince actor waiter priest pope gentleman anchorman salesman fisherman councilman gunman lord duke salesman monk
= word ROLE FEMALE
spokeswoman spokeswomen congresswoman chairwoman businesswoman policewoman woman women girl mother mom daughter sister wife aunt niece grandmother queen princess actress waitress nun lady councilwoman duchess
= word ROLE PLURAL
muslims christians jews catholics protestants mormons sunnis shiites evangelicals hispanics latinos asians africans europeans mexicans canadians britons germans russians israelis palestinians iranians iraqis
syrians turks kurds arabs egyptians saudis indians pakistanis afghans italians greeks poles ukrainians australians koreans cubans venezuelans brazilians colombians californians texans southerners northerners
police people authorities staff media press clergy personnel republicans democrats americans
# ---- organisations and documents that speak
= noun ORG
campaign company/companies ministry/ministries department committee commission court government agency/agencies group university/universities college school party/parties administration council board
union association organization organisation foundation institute network newspaper paper magazine website site blog outlet firm bank church team club league federation coalition alliance congress
senate parliament house cabinet bureau office embassy/embassies army military navy pentagon kremlin corporation center centre society/societies service authority/authorities regime tribunal fund
chamber caucus panel nation country/countries state city/cities movement industry/industries community/communities public audience crowd jury/juries majority minority camp hospital airline airport station channel broadcaster publication journal
tabloid daily weekly establishment opposition coalition syndicate task-force subcommittee district nonprofit startup think-tank
= word ORG
inc corp ltd llc gop fbi cia nato un eu nbc cbs abc cnn bbc msnbc npr reuters ap afp dpa nasa epa irs who nsa nypd isis fda cdc fema
= noun DOC NOUN
poll survey study/studies report document statement letter memo memorandum email e-mail tweet post article story/stories editorial column book transcript record lawsuit complaint affidavit filing indictment ruling
release bulletin dossier analysis/analyses review audit investigation inquiry headline caption sign banner ad advertisement commercial website data figure statistic result finding estimate evidence email newsletter essay paper op-ed pamphlet leaflet
message transcript text tape footage survey data paperwork filing testimony figure disclosure cable chart graph
platform law bill constitution treaty measure resolution agreement slogan motto song lyric message text note placard poster invitation biography memoir autobiography profile account narrator video clip recording audio
# ---- speech nouns: "in a statement"
= noun SPEECHN NOUN
statement interview speech remark comment tweet letter email e-mail post message memo address conference briefing testimony announcement declaration reply/replies response answer question text note
appearance debate rally/rallies conversation call phone op-ed article column essay editorial blog broadcast press podcast press-conference sermon lecture presentation talk discussion hearing
speech soundbite refrain slogan chant outburst quip joke retort rebuke warning threat promise vow pledge apology/apologies facebook twitter instagram
# ---- nouns that take a clause or a quotation: "his claim that", "the argument that"
= noun CONTENTN NOUN
claim assertion allegation accusation belief argument suggestion notion idea view opinion statement announcement warning promise vow pledge fear concern hope prediction insistence contention assurance admission
charge declaration remark comment complaint criticism denial demand request theory/theories hypothesis suspicion conclusion acknowledgment acknowledgement proposal recommendation call question quip joke lie admonition assessment description characterization depiction
phrase motto slogan word line message answer reply/replies response quote quotation saying mantra chant observation confession insistence reminder rumor
# ---- verbs of speech: clause or quotation
= verb SAY
say/said tell/told add announce declare explain state claim insist argue note report reply respond answer ask admit acknowledge concede confirm deny warn suggest assert contend
maintain allege stress emphasize emphasise reiterate repeat remark comment observe mention point recall recount relate reveal disclose divulge tweet retweet post write/wrote/written testify swear/swore/sworn promise
pledge vow predict forecast caution counter retort quip joke tease complain lament whine grumble moan mutter mumble whisper murmur shout yell scream cry exclaim roar bellow bark snap growl
boast brag gush rave opine muse wonder speculate theorize reason continue conclude proclaim profess pronounce preach advise recommend urge exhort implore plead beg demand request order propose
question apologize apologise confess volunteer interject interrupt intone chime blurt blast thunder fume scoff sniff snort jeer taunt mock quote cite echo recite reaffirm affirm attest avow
assure inform notify remind persuade convince clarify elaborate specify stipulate signal indicate hint imply insinuate intimate posit postulate surmise caption headline title editorialize
rebut refute dispute dismiss counsel lecture inquire query enquire guess tout herald hail crow chant sing/sang/sung joke deadpan sigh chuckle laugh smile gasp utter voice articulate express warn summarize summarise
telegraph text email e-mail cable message blog phone broadcast publish air relay communicate convey share narrate recollect reminisce reflect ponder prophesy prophesize allow underscore underline highlight discuss describe detail outline
agree disagree concur object protest fire shoot/shot rail inveigh declaim orate enthuse bemoan decry bewail cheer vent rant scold chide chastise admonish reprimand rebuke lash slam rip swipe jab josh lie/lied estimate calculate reckon rule advocate ad-lib
explicate expound spell proffer offer press grouse gripe carp snipe sneer deplore confide gloat pontificate riff wisecrack plead stammer stutter scrawl sign prod pray accuse charge blame credit compare liken
= verb SAY STRONG
conclude say/said tell/told add explain reply respond write/wrote/written tweet insist argue claim state announce declare warn note quip remark acknowledge assert contend maintain allege concede admit
suggest predict caution joke complain proclaim testify reveal reiterate emphasize emphasise stress confirm estimate boast report recount lament quip muse theorize speculate vow pledge promise reply
# those whose object is a clause, hardly ever a thing
= verb CLAUSAL
say/said insist argue contend complain quip joke assert caution concede
= verb WEAK
add continue offer affirm interrupt snort repeat maintain jab signal start begin/began/begun pledge vow write/wrote/written
fire shoot/shot press air text cry share point rule sign sing/sang/sung chant cheer laugh smile snap rip slam swipe bark thunder blast crow hail herald vent rail lash prod guess estimate calculate reckon post
show/showed/shown underscore highlight underline reflect order demand request allow express discuss detail outline credit compare liken charge quote publish broadcast
relay communicate convey message cable phone email voice articulate utter gasp chuckle sigh echo tout score summarize summarise cry whine growl roar bellow taunt mock jeer lie press pray carp snipe gripe grouse
reason narrate protest object dispute dismiss scold praise question convince persuade share propose offer proffer order beg spell pen address attest
= verb TELL
tell/told assure inform notify remind warn advise urge ask accuse persuade convince beg implore exhort promise caution caution counsel lecture email text write/wrote/written quote
# ---- verbs of opinion and perception: clause complement
= verb THINK
think/thought believe hope fear want wish expect know/knew/known feel/felt understand/understood realize realise consider assume suppose suspect doubt guess imagine figure find/found see/saw/seen hear/heard
learn discover determine show/showed/shown prove demonstrate indicate suggest decide intend plan prefer like love hate need worry agree remember forget/forgot/forgotten dream anticipate presume envision foresee/foresaw/foreseen conclude hold/held mean/meant care
project estimate reckon judge regard view deem recognize recognise appreciate accept reject refuse decline threaten seek/sought resolve notice sense trust vouch support oppose back favor endorse approve disapprove
# those of them that tell, with a clause, what somebody is known to hold
= verb OPINE
think/thought believe hope fear worry/worried
# those that bind, or will not, with an infinitive
= verb COMMIT
promise pledge vow swear/swore/sworn agree decline claim hope
= verb SAY
criticize criticise denounce
# those whose object stands behind a preposition: "spoke of", "pointed to", "agrees with"; objects.c says which
= verb ABOUT
comment remark worry warn complain grumble gripe whine moan boast brag gush rave rant rail joke muse speculate argue
point admit confess object agree disagree concur hope believe elaborate expound testify apologize apologise
# and those of them that are no other verbs of speech
= verb ABOUT CUE
speak/spoke/spoken talk allude
# ---- verbs that call somebody something
= verb CALL
call describe label brand dub denounce condemn decry praise criticize criticise mock blast slam dismiss characterize characterise portray depict cast/cast hail tout ridicule deride attack lambaste bash accuse brand
term deem refer sum rate paint castigate skewer excoriate lambast applaud commend laud salute thank welcome ridicule belittle disparage vilify demonize demonise insult trash rip compare liken blame style classify categorize characterise christen nickname
label vow promise threaten
# ---- naming, not saying
= word NAMED
called named titled entitled dubbed nicknamed known so-called headlined billed subtitled labeled labelled termed
= noun WORK NOUN
film movie book song album show series novel play musical opera episode program programme magazine newspaper column blog painting poem single track documentary sitcom drama comedy memoir autobiography
podcast game video exhibition exhibit ballad hit anthem tune hymn screenplay script essay chapter section trilogy bestseller segment reality sequel cartoon
= noun WORDN NOUN
word term phrase expression name title label nickname adjective noun verb letter slogan motto acronym moniker epithet
# ---- other verbs, so that noun phrases end where they end
= verb VERB
go/went/gone come/came/come take/took/taken make/made give/gave/given keep/kept let/let begin/began/begun seem help turn start run/ran/run move play pay/paid meet/met
include set/set lead/led stand/stood lose/lost allow win/won open walk follow stop create speak/spoke/spoken read/read spend/spent grow/grew/grown build/built stay fall/fell/fallen cut/cut reach kill remain raise pass sell/sold
require pull return hope carry break/broke/broken receive develop hold/held produce eat/ate/eaten cover catch/caught draw/drew/drawn choose/chose/chosen cause bring/brought buy/bought send/sent leave/left put/put lay/laid
serve die sit/sat use work live try apply appear face join vote visit arrive escape enter close end drive/drove/driven ride/rode/ridden fly/flew/flown fight/fought hit/hit beat/beat/beaten hurt/hurt shut/shut wear/wore/worn throw/threw/thrown
rise/rose/risen drop increase decrease expand reduce prepare protect provide prevent perform finish launch issue sign travel hire destroy damage strike/struck spread/spread attempt fail succeed manage struggle
happen occur become/became/become look watch listen teach/taught deal/dealt result participate contribute force drop stem campaign trail endorse nominate elect defeat appoint resign retire shake/shook/shaken
wake/woke/woken awake/awoke bear/bore/born hide/hid/hidden swing/swung stick/stuck shift focus target head ignore avoid miss host release order arrest convict indict sentence sue settle investigate examine study test
kick push tear/tore/torn wait wind/wound withdraw/withdrew/withdrawn undergo/underwent/undergone undermine lack own belong depend rely contain consist involve relate result remove replace restore save score
seize select separate shape shout sleep/slept slip smoke solve sound stare steal/stole/stolen stretch suffer supply surround survive suspend tend touch train treat trigger unite unveil urge
mark aim deliver deploy draw earn emerge engage enjoy enable ensure establish exceed exist experience explore extend fill fit fix gather generate grab grant hang/hung handle hurl identify
impose improve inspire introduce invest invite last lie/lay/lain lift limit link list maintain match measure mention murder name negotiate obtain organize organise overcome/overcame owe
park permit pick place plan point pose pour practice prompt pursue qualify question quit/quit race range rank react refer reflect regain reject release remember repair represent rescue rest
ride roll rush sail satisfy scramble search secure send sense serve shock shine/shone shrink/shrank/shrunk sink/sank/sunk slow spark split/split spot stage steer step sweep/swept swim/swam/swum tackle tap tell tie top track trade transfer trust view wage warn wash waste weigh welcome win wish wonder worry wrap yield
await accompany accomplish account achieve acquire act adapt address adjust admire admit adopt advance affect afford aid alter amount anger appeal approach arise/arose/arisen arm arrange assemble assess assist associate assume attach attack attempt attend attract avoid award
ban base battle beat belong bend/bent benefit bet/bet bid/bid bind/bound bite/bit/bitten bleed/bled block blow/blew/blown bomb boost border borrow bother bounce bow box breathe breed/bred burn burst/burst bury calm cancel capture cast celebrate challenge change chase check
cite clash clean clear climb cling/clung coincide collapse collect combat combine command commit compete complete compose compromise concentrate conduct confront confuse connect consult consume contact continue contrast control convert cook cope copy count court crack crash crawl cross
crowd crush cure damage dance dare date debate decide declare decorate defend define delay deliver demand deny depart deprive derive deserve desire detect devote differ dig/dug direct disappear disappoint discourage discover discuss dismiss display distinguish distribute disturb divide divorce
do/did/done doubt draft drag dress drink/drank/drunk drown dump ease echo edge edit educate eliminate embrace employ encounter encourage engage enhance enlist entertain erupt estimate evaluate evolve exchange exclude excuse execute exercise exhibit expire explode exploit export expose face fade faint fade
favor feature feed/fed file finance fire flee/fled flip float flood flow fold force forge forgive/forgave/forgiven form found frame free freeze/froze/frozen frighten fuel fulfill function fund gain gamble gaze govern greet grip guarantee guard guide halt hammer harm haunt heal heat hesitate
inherit injure insert install instruct insure intervene invade invent isolate jail jump justify kid kidnap kiss knock label lack land lean leap lend/lent level light/lit load lock log loom lower mail mandate march master merge mine mislead/misled mix monitor motivate mount mourn
narrow neglect nod notify number object oblige observe occupy offend operate oversee/oversaw overturn pack paint part partner pause perceive plague plant please plunge pop portray possess postpone praise presume print probe proceed process profit prohibit promote prosecute punish purchase puzzle
recover recruit reduce reform regret regulate reinforce relax relieve render renew rent repeal rescue reserve resist resort respect restrict resume retain reveal reverse review revive reward rid/rid risk rob rock rule ruin satisfy scare schedule scream screen seal seat seek seize sense shed/shed shelter shop
sing slam slap slash slide/slid smash snap snatch soar spare specialize spin/spun spit spoil sponsor stab stamp starve steer stick stimulate stir store storm strengthen stress strip stroll submit substitute subscribe sue surge surpass surrender swallow swear switch symbolize
tempt terrify thrive tolerate topple toss trace transform translate transmit trap triumph trouble tumble twist unfold uphold/upheld upset/upset urge vanish vary venture veto violate volunteer wander warm weaken weave/wove/woven weep/wept whip widen withstand/withstood witness wrestle
# ---- adjectives and nouns that are common at the head of a sentence or beside a name
= word ADJ
new old good great big small large high low young own same different important political public national international local federal social economic military foreign american republican democratic presidential
senior top chief leading former current recent next last previous future possible likely able sure clear free full whole major real true false right wrong left black white red blue green hard easy strong weak long short
early late best better worst worse certain main key private open personal general special common single similar serious available ready alive dead close deep final fine fresh happy angry sad sick poor rich safe
conservative liberal progressive moderate radical extreme moral legal illegal nuclear armed civil criminal racial religious christian muslim jewish catholic evangelical gay male female veteran prominent outspoken longtime fellow
junior independent official annual monthly weekly daily foreign potential powerful popular famous global regional rural urban domestic financial fiscal medical environmental many much little enough retired
= noun NOUN
thing way life/lives world day year time place case fact point number part question problem work hand home water room area money issue side kind end job business/businesses power line right war night law
level education health research age policy/policies process music market sense death plan interest class control field development role effort rate heart drug show light voice price decision
view relationship road difference value town event reason action term cost land program force nature order condition pressure story truth attack vote election race state tax debate speech security border wall trade
email deal fight support budget economy energy oil gas crime violence terror terrorism peace threat crisis/crises problem lead win loss victory/victories defeat primary/primaries convention nomination delegate ballot
presidency race ticket rally event crowd stage chance choice change opportunity rights reform cut raise increase rise drop surge percent percentage share total amount list history future past present
century decade street building house door window car truck train plane ship boat gun bomb missile weapon food fire air sea river mountain tree animal dog cat bird horse system network computer phone internet
information news letter page word language English name example reason form piece lot bit series step move game season round match score goal trip visit tour flight meeting talk summit hearing trial suit
amid turn nominee opener lawn fence job crackdown strike protest march shooting scandal controversy/controversies immigration abortion marriage healthcare insurance welfare poverty inequality wage income debt deficit
# nouns that are also verbs
= noun NOUN
detail plan offer hope fear claim report call demand request order vote move change charge attack threat act aid aim answer approach attempt balance ban base battle bid blame blow board bomb boost border break bridge
burden capture care cause challenge chance charge check claim clash comfort command comment concern conduct conflict contact contest contract contrast control cost count course cover crack crash credit cross damage dance date
deal debate decline decrease defeat delay demand deposit desire divide document doubt draft dream drive drop effect end escape estimate excuse exercise experience experiment exit fall favor fear feature figure fight focus force form
frame function gain grant guarantee guide harm head help hit hold hope host impact increase influence interest interview issue joke judgment jump kick lack land laugh launch lead leak lie lift limit link list loan look loss love mark market
match matter measure mention mistake move name need note notice object offer order pace pack panic part pass pause pay permit phase pick pitch place plan play pledge point poll pose post praise presence press pressure pride process profit program progress
promise protest pull punch purchase push question quote race raid raise range rank rate reach reason rebel record reform refuse regard regret release remark rent repair repeat reply request rescue research respect response rest result return review reward rise risk role
rule rush sale score search seat sense shape share shift shot show sign slide slip smile sort sound source spark speed spin split spot spread staff stage stake stand star start state stay step stop storm strain stream stress stretch strike struggle study style subject suit
supply support surge surprise survey suspect switch talk target task taste tax tear tension term test thanks threat tie touch trace track trade transfer transport travel treat trial trick trip trust try turn twist upset urge use value view visit voice vote wait walk warning
wave wish witness work worry wound
= word NATION ADJ
american british english scottish irish welsh french german italian spanish portuguese dutch belgian swiss austrian swedish norwegian danish finnish icelandic polish czech slovak hungarian romanian bulgarian greek turkish russian ukrainian belarusian
serbian croatian bosnian albanian georgian armenian chinese japanese korean vietnamese thai indonesian malaysian filipino indian pakistani afghan iranian iraqi syrian lebanese israeli palestinian jordanian saudi egyptian libyan tunisian algerian moroccan
african nigerian kenyan ethiopian somali sudanese ghanaian south-african mexican canadian brazilian argentine chilean colombian venezuelan peruvian cuban australian european asian arab latino hispanic western eastern northern southern soviet kurdish
= word PLACE
america britain england scotland ireland wales france germany italy spain portugal netherlands belgium switzerland austria sweden norway denmark finland iceland poland hungary romania bulgaria greece turkey russia ukraine belarus serbia croatia bosnia kosovo albania
armenia azerbaijan china japan korea vietnam thailand indonesia malaysia philippines india pakistan afghanistan iran iraq syria lebanon israel palestine egypt libya tunisia algeria morocco africa nigeria kenya ethiopia somalia sudan mexico canada
brazil argentina chile colombia venezuela peru cuba australia europe asia washington london paris berlin moscow beijing tokyo brussels geneva rome madrid vienna jerusalem cairo baghdad tehran kabul damascus kyiv kiev istanbul ankara delhi seoul toronto ottawa sydney
alabama alaska arizona arkansas california colorado connecticut delaware florida hawaii idaho illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi missouri montana nebraska nevada hampshire ohio oklahoma oregon pennsylvania tennessee texas utah vermont wisconsin wyoming
york jersey orleans zealand carolina dakota arabia rico rica lanka kong angeles vegas leone guinea
boston chicago philadelphia cleveland detroit miami orlando tampa atlanta dallas houston denver phoenix seattle portland sacramento minneapolis milwaukee pittsburgh baltimore manhattan brooklyn hollywood crimea gaza
= word PLACE
ala ariz ark calif colo conn del fla ga ill ind kan ky la mass mich minn miss mont neb nev n.h n.j n.m n.y n.c n.d okla ore pa r.i s.c s.d tenn tex vt va wash wis wyo d.c
# a word that ends no person's name, whatever it begins with: "Lee County", "James Martin Center"
= word FIRM
university college institute department ministry committee commission council company inc corp ltd association corporation league congress parliament agency administration bureau office foundation society
times gazette tribune network avenue county airport hospital school campaign coalition alliance federation organization caucus convention museum theater theatre magazine project fund group center centre party
affairs studies relations policy research security defense defence education health rights technology science sciences commerce treasury energy agriculture transportation transport development intelligence
operations communications services service systems solutions partners holdings industries ventures capital management consulting securities insurance motors airlines airways railways pharmaceuticals laboratories labs
# a word written with a capital of which the rest is never a person
= word ORGNAME
university college institute department ministry committee commission council court party church bank company inc corp association union club league house senate congress parliament agency administration bureau office center centre foundation
society times post journal news press tribune herald gazette network group street avenue road county city island river lake mount park airport hospital school hall tower institute act amendment army navy force forces guard
campaign coalition alliance federation organization fund project caucus convention museum theater theatre magazine review today radio television tv studio studios records games cup series
