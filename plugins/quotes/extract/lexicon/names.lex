# Given names with the gender they are usually given to, shared by all languages. General knowledge, not exhaustive:
# a name that is not here is still a name when it is written like one, only its gender stays open.
= word GIVEN MALE
aaron abdul abdullah abe abel abraham adam adolf adrian ahmad ahmed aidan akira al alan albert alberto aldo alec alejandro aleksandr
alessandro alex alexander alexandre alexei alexey alfonso alfred alfredo ali alistair allan allen alonso alvin amir amit anand anatoly anders
andre andrea andreas andrei andrej andres andrew andrzej andy angelo anthony anton antonio antony archie ari ariel arjun armando arnold arthur
arturo ashok asif august augusto austin avi axel barack barry bart bashar basil ben benedict benito benjamin benny bernard bernd bernhard bernie
bert bill billy bjorn bob bobby boris brad bradley brandon brendan brent bret brett brian bruce bruno bryan bud byron caleb calvin cameron carl carlo
carlos cecil cedric cesar chad charles charlie chen chester chris christian christoph christophe christopher chuck clarence clark claude claudio
claus clay clayton clement cliff clifford clint clyde cody colin connor conor conrad constantin corey cory craig curt curtis cyril cyrus damian
damien dan daniel daniele danny dante daren darrell darren daryl dave david dean dennis denis derek derrick desmond detlef devin dick didier diego
dieter dietmar dimitri dirk dmitri dmitry domenico dominic dominik dominique don donald donnie doug douglas drew duncan dustin dwayne dwight
earl ed eddie edgar edmund eduard eduardo edward edwin egon elijah elliot elliott elmer elon emanuel emil emilio emmanuel emre enrico enrique
eric erich erik ernest ernesto ernst erwin esteban ethan eugen eugene evan evgeny ezra fabian fabio farid felipe felix ferdinand fernando fidel
finn florian floyd francesco francis francisco francois frank frankie franklin franz fred freddie frederic frederick friedrich fritz gabriel
gareth garrett gary gavin gene geoff geoffrey georg george georges gerald gerard gerd gerhard gerry gianni giorgio giovanni giuseppe glen glenn
gordon graham grant greg gregg gregor gregory guenter guido guillaume guillermo gunter gunther gus gustav gustavo guy hakan hamid hank hannes hans harald
hard hari harold harry harvey hassan hector heiko heinrich heinz helmut hendrik henri henrik henry herbert herman hermann hermes hideo hiroshi holger
horacio horst howard hubert hugh hugo humberto hussein ian ibrahim ignacio igor ilya imran ingo isaac ismail ivan jack jackson jacob jacques
jaime jake jakob jamal james jamie jan janos jared jaroslav jason javier jay jean jeb jed jeff jeffrey jens jeremy jerome jerry jesse jesus jim jimmy
jiri joachim joao jochen joe joel joerg joey johan johann johannes john johnny jon jonas jonathan jordan jorge jose josef joseph josh joshua
juan juergen jules julian julien julio julius jurgen justin kai karel karl karsten kaspar keith ken kenneth kenny kent kevin khalid kirk klaus
klaas konrad konstantin kris kristof kumar kurt kyle lance larry lars laurence laurent lawrence lee leo leon leonard leonardo leonid leopold leroy
les lester levi lewis liam lindsey lionel lloyd logan lorenz lorenzo lothar lou louis luc luca lucas ludwig luigi luis luiz lukas luke luther mahmoud mahmud malcolm
manfred manuel marc marcel marcelo marco marcos marcus mario mark markus marshall martin marty marvin masoud mateo mathias mathieu matt matteo matthew matthias
maurice mauricio max maxim maximilian mehmet mel melvin micah michael michal michel miguel mikael mike mikhail milan miles milos milton mitch
mitchell mitt mohamed mohammad mohammed mohsen moritz morris moses muhammad murat murray mustafa nadir nabil nasser nate nathan nathaniel neal ned neil nelson newt nicholas nick nicky
nicola nicolas niels nigel nikita nikola nikolai nikolaj noah noel norbert norman olaf oleg oleksandr oliver olivier omar orlando oscar oskar osama
otis otto owen pablo paolo pascal pat patrice patrick paul paulo pavel pedro percy perry pete peter petr petro phil philip philipp philippe phillip pierre piers
pietro pjotr rafael rafik rahul rainer raj rajiv ralf ralph ramon randall randy raphael rashid raul ravi ray raymond recep reggie reginald reince reiner reinhard reinhold rene
reuben rex ricardo riccardo richard rick ricky rob robert roberto robin rocco rod roderick rodney rodrigo roger roland rolf roman ron ronald ronnie ross
roy rudi rudolf rudy rupert russ russell ryan sadiq saddam salman salvador salvatore sam sami samir samuel sandro sandy sanjay santiago saul scott sean sebastian
sergei sergej sergey sergio seth shane shaun shawn sid sidney siegfried sigmar silvio simon slobodan spencer stan stanislav stanley stefan stefano steffen stephan
stephane stephen sterling steve steven stewart stuart sven tariq tayyip ted teddy terence terrence terry thaddeus theo theodor theodore thomas thorsten tilo tim timo timothy tobias todd tom tomas tommaso tommy
toni tony torsten travis trent trevor tristan troy tucker tyler udo ulf uli ulrich uwe vaclav valentin valery vasily vernon viacheslav victor vijay viktor vince
vincent vincenzo vinnie vitali vitaly vladimir vladislav volker volodymyr wade walter warren wayne wendell werner wes wesley wilbur wilfried wilhelm will willi william willie willy
wim winston wladimir wolf wolfgang woody xavier yair yasser yitzhak yuri yusuf yves zachary zack zaid zbigniew zeev
jörg jürgen günter günther björn rené andré françois josé jesús joão andrás lászló jiří tomáš václav stanisław łukasz müslüm gérard frédéric stéphane sébastien jérôme
mike doug jeh beau trey deval mo tad joaquín joaquin marlon darius lamar terrell demetrius tyrone cornel reid brock chase colby dale dana darryl garry hal huma jerrod kerry mack marlin nick rand rich rush sheldon skip tod vic wally ward
иван пётр петр сергей александр алексей андрей дмитрий владимир николай михаил виктор юрий олег павел игорь евгений константин максим роман антон борис василий григорий денис кирилл леонид валерий вячеслав вадим геннадий анатолий станислав артём артем илья эдуард дональд джо барак
= word GIVEN FEMALE
abby abigail ada adele adriana agnes aicha aisha alexandra alexis alice alicia alina alison alja allison alma alyssa amanda amber amelia amina amy ana anastasia andrea
angela angelika angelina anita anja ann anna annabel anne annegret annelie annemarie annette annie antje antonella april ariana arlene ashley astrid audrey ava barbara beate beatrice beatrix becky
belinda bella bernadette bertha beth bethany betsy betty beverly bianca birgit bonnie brenda bridget brigitte britta brooke camilla candace candice carina carla
carly carmen carol carole carolina caroline carolyn carrie cassandra catherine cathy cecilia celeste celia celine charlene charlotte chelsea cheryl chiara
chloe christa christiane christina christine cindy claire clara clarissa claudia colleen condoleezza connie constance cora cordula corinna corinne courtney cristina cynthia dagmar daisy
daniela danielle daphne daria darlene dawn deborah debra debbie deirdre delia denise diana diane dolores donna dora doreen doris dorothea dorothy edith eileen elaine eleanor elena
eleonora elfriede elisa elisabeth elise eliza elizabeth elke ella ellen elsa elsbeth elvira emily emma erica erika erin esmeralda esther ethel eugenia eva eve evelyn faith farah fatima felicia fiona flora
florence frances francesca franziska frauke frieda gabriela gabriele gabrielle gail gemma genevieve georgia geraldine gerda gertrud gertrude gillian gina ginny gisela giulia giulietta gladys
glenda gloria grace greta gretchen gudrun gwen gwendolyn haley hanna hannah hannelore harriet hazel heather heidi heike helen helena helene helga henrietta hilary hilda hildegard
hillary holly hope huma ida ilaria ilona ilse inge ingeborg ingrid ines irena irene iris irina irma isabel isabella isabelle ivana ivanka ivy jackie jacqueline jana jane janet janice janine jasmin jasmine
jean jeanette jeanne jen jenna jennifer jenny jessica jill jo joan joanna joanne jodi jody johanna josephine joy joyce juanita judith judy julia juliana julie juliet june jutta karen karin karla
kate katharina katherine kathleen kathrin kathryn kathy katie katja katrin katrina kay kayla kellyanne kelly kelsey kerstin kim kimberly kirsten kirstin kristen kristin kristina
kyra lara latoya laura lauren laurie layla lea leah leila lena leslie leticia lidia lilian lillian lily linda lindsay lisa liselotte liz liza loretta lori lorraine lotte louisa louise lucia lucille lucinda lucy
ludmila luisa lydia lynn mabel madeleine madeline madison maggie maike malala mandy manuela mara marcia mareike margaret margarete margarita margot maria mariam marian marianne
marie marietta marilyn marina marion marissa marjorie marla marlene marlies marsha marta martha martina mary maryam matilda maud maureen maxine maya meg megan meghan melania melanie melinda melissa mercedes meredith meryl
mia michaela michele michelle mildred mimi mina minnie miranda miriam molly mona monica monika monique muriel myra myrna nadia nadine nadja nancy naomi natalia natalie natasha nell nellie
nicole nicki nikki nina nora noreen norma octavia olena olga olivia oksana ophelia pamela pam paola patricia patsy patty paula pauline pearl peggy penelope penny petra phyllis
polly priscilla rachel ramona rebecca regina regine renate renee rhonda rita roberta robyn ronja rosa rosalind rose roseanne rosemary roswitha roxana roxanne ruby ruth sabine sabrina sally samantha sandra
sara sarah saskia selena serena shannon sharon sheila shelley shelly sherry shirley sibylle sigrid silke silvia simone sofia sonia sonja sophia sophie stacey stacy stefanie steffi stella stephanie
sue susan susana susanna susanne susi suzanne svetlana sylvia tabitha tamara tammy tania tanja tanya tara tatiana tatjana teresa teri terri tess tessa theresa therese tiffany tina toni tonya tracey traci tracy trish trudy tulsi
ulla ulrike ursula uschi uta ute valentina valeria valerie vanessa vera verena veronica veronika vicki vicky victoria viktoria viola violet virginia vivian viviane waltraud wanda wendy whitney wilma
winifred yasmin yolanda yoko yulia yvette yvonne zara zoe zuzana jana jitka hana věra renée zoë chloé sophie-anne amélie hélène
debbie donna jeanine jeanne kamala kirstjen lisa loretta nikki rosie sheryl susana tammy zephyr maxine elise joni kelly sarah
мария анна елена ольга татьяна наталья наталия ирина светлана екатерина юлия людмила галина валентина марина надежда вера любовь ксения дарья анастасия александра евгения
= word GIVEN MALE
abdel abdelkader abdulaziz abdulrahman achim adnan adolfo adriano agustin aiden aldous aleksey alessio alexandros alexandru alf alonzo alphonse alton amadou
amal amar ambrose amin amos andreu andris angus anil ansgar antal antoine anwar ara aram archibald arnd arne arno arsene artem arthit artur arvind asher
ashton atal attila aubrey auguste axelle ayman ayub aziz bakari balazs baptiste barney baruch bashir bastian bastien bela bennett benoit bertrand bilal
birger blaise blake bogdan boyd braden brady brenton broderick brody bryant bryce burkhard burt carey carsten caspar cassius chaim chandler chandra chet
christer christoffer christos ciaran claudius clemens colm conan cormac cornelius dag daisuke damir damon danilo danylo darko darrel davide dawid declan
deepak delbert denys deshawn detlev devon dewayne dewey dieudonne dilip dimitrios dimitris dinesh djamel donovan dragan duane dusan eamon earle eberhard
ebrahim edgardo edmond efraim eitan ekkehard elbert eli elias elie elton elvin elvis emeka emery emile emiliano emir ender enzo ephraim erez erhan ernie
errol etienne eusebio evander everett ezekiel fabrice fabrizio faisal faruk faysal federico felice fergus filip filippo fletcher florent florentino forrest
franjo frans fraser fredrik fyodor gabor gaetano galen garth gaston geert genaro gennady gernot gert gilberto giles gilles gino giulio glyn goran gottfried
graeme grigory guilherme gunnar guntram gyorgy hadi haim hakeem halil hamish hamza haris harlan harrison harun hashim heath heiner heribert hernan hernando
herve hilmar hiroyuki hisham homer hosni hubertus humphrey hussam iain ibrahima idris igal ignatius ilan ilham imad immanuel imre indra iqbal irakli irwin
isaiah ishmael isidore ismael issam istvan itamar itzhak iurii ivo izaak jabari jacinto jacky jafar jagdish jair jalal jamaal jamil janez janne jannik
jarrod jarvis jawad jeffery jeremiah jermaine jethro jimmie joakim jochem jomo jordi jorg jorgen josip josu jovan jozef jude julen junichi justus juwan
kareem karim karl-heinz kasim katsuya kazuo keenan kelvin kemal kendrick kenichi kenji kerem khaled khalil kieran kip kiran kjell knut kofi konstantinos
kostas krzysztof kwame kyriakos lakshman lamont landon laszlo lazar leander leandro leif leigh leland lenny levon louie luciano lucien ludovic lutz lyle
lyndon maarten magnus majid malachi malik mamadou mandla manmohan manny manoj manolo marcello marcin mariano marius markku marko masahiro massimo mateusz
mats matthieu mattias mauro maxime mehdi mervyn mihai mihail mikko miklos milo miroslav mladen mohan moises mortimer morton moshe mostafa mukesh myles myron
nadeem naftali naguib nahum najib narendra naresh nat navin nestor neville niall nickolas nico nicolae nikolaus nikos nils nisim noam nolan octavio olav
oleksiy omer orville osman osvaldo oswald ousmane paddy pal patrik pavlo pawel petar petri phineas pieter piotr placido poul prakash pranab prashant qasim
quentin quincy quinton rabah radek radovan rafal raffaele raghuram rahim rajesh rajnath ramesh ramiro ramzi randolph rani raoul rashad rasheed rasmus
raymundo reinout remy renato renaud reuven reza rhys rickey rico rishi roald robbie rodolfo rogelio rohan rolando romain romano romeo ronan ronen rory royce
ruben rudolph rufus rui rustam rémi saad sajid salah salim salomon sammy sander sandor sanford sascha sebastien seiji selim serge seymour shahid shehbaz
shigeru shimon shinzo shlomo sigmund silas simeon sinan soren spiros srdjan stanislaw stavros stelios stu subhash sundar sunil suresh svetozar sylvain
sylvester szymon tadeu tadeusz tahir takashi takeshi tamas tamir taro terrance thabo thad theodoros thibault thierry thilo thom thor thorbjorn tibor til
tito tobin toby tomasz tomer tomislav tor torben toshiro ulises umar umberto uri urs usman uzi vadim valentino vangelis vasyl vern vikram vinod virgil vito
vittorio vivek vlad vojtech waldemar waleed walid walt wenzel wilbert wilfred wilfredo willard willem winfried wojciech woodrow wyatt xander yadin yakov
yann yannick yannis yaroslav yasin yasuo yehuda yevgeny yigal yoav yohan yonatan yorgos yosef yoshihide yossi yousef youssef yury yvon zacarias zach zane
zdenek zeke zeljko zlatan zoltan zoran zvi
= word GIVEN FEMALE
adela adelaide adelheid adeline adrienne agatha agnieszka aileen ailsa aimee aishwarya alana alba aleksandra alessandra alexa alexia aline alisa alisha
allegra allie allyson althea amalia amara amira amrita anais andie andreia angelica angeline angie anika anke annabelle annelies anneliese annika anouk
antoinette antonia anya arabella araceli aretha ashlee ashleigh audra aurelia aurelie avis ayaan ayako ayesha aylin azadeh barbro beata beatriz benazir
bernice bess bettina beulah bev beverley birgitta birte blanca blanche bonita brandi brianna bridie brigid brigitta britney brittany bronwyn bryony caitlin
caitlyn camille cara carlotta carmela carola carolin cassidy cassie catalina caterina catharina cathleen catrin cecile chantal charlize cher cherie christel
christie christin christy ciara clare claudette claudine clementine cleo clotilde colette consuelo coretta corina cornelia dalia damaris danica
darcy darla deanna deanne deb delores demi desiree dianne dina dinah dolly donatella dorit dorothee désirée dörte edeltraud edna eleni eliana elin elinor
elisabeta ellie elly elma eloise elsie elspeth emer emilia emilie enid erna esperanza estela estella estelle etta eugenie eunice evangelina evelin eveline
fabiana fatma fay faye felicitas felicity fern fernanda filiz flavia fleur floria francine francoise freda freya frida friederike gabriella galina georgette
georgina gerlinde germaine gesine gigi gioia giselle gita gitta glenys golda gracie graciela grainne grete gretel gunda gwyneth hadley hailey halle hanan
hattie hedda hedwig heide heidemarie hella henriette hermine herta hilde huda ilana ildiko imelda imogen ina indira inez inka ioanna irmgard isa isadora
isla isobel ivonne jacinda jaclyn jacquelyn jada jade jadwiga jamila janelle janette janie janina janis jayne jeanie jelena jennie jess jessie jillian joana
joanie joann jocelyn jolanda jordana josefina josie juana judi julianna julianne julieta juliette justine kaia kaja kamila kara karina karoline katelyn
katerina katharine katia katy kayleigh keira kelley kendra kesha khadija kiki kimberley kira kirstie kirsty krista kristi kristie kristine kristy krystal
lacey laetitia laila lana larissa latasha latisha laurel lavinia leanne lenore leona leonie leonor letitia lia liana libby liesel lila lili lilia liliana
lilly lina linnea lisbeth lise lisette liv lizzie lois lola lora lorna lottie luana luann luciana lucie lucile lucretia luise lulu lupe lupita lynda lynette
lynne mackenzie maddie madelyn madge mae magda magdalena maia maja malgorzata malia malika malin mallory manon marcela marcella marcy maren margaux margery
margie margit margo margret margrethe marguerite mari mariah mariana marianna maribel mariel mariela marijke marika marilou marisa marisol marlena marwa
maryann maryanne marybeth mathilda mathilde maude maura mavis meagan mehbooba mei melody micheline mika mila milena millicent millie mindy minerva
minna mira mireille missy misty mitzi moira myriam myrtle nan nanette nastassja natascha nathalie neva nia nichole nicoletta nika nisha nita noa noelle
noemi nola noor norah nuala odette odile ofelia olive oprah oriana orla padma paige paloma parvati patti paulette paulina perla petronella philippa
phoebe pia pilar piper pippa portia pricilla priti priya prudence rachael rachelle raisa randi raquel rasheeda rebekah reina rekha renata reyna rhea
rhiannon rhoda rhona ricarda rochelle rocio romina romy ronda rosalie rosalinda rosalyn rosamund rosaura roseann roseanna rosella roselyn rosemarie rosetta
rosina rowena roxane roxanna roz ruthie sabina sadie sahra saira salma samira sandi sanna saoirse scarlett selina selma serafina shauna shawna sheena 
shelia sheri sherri sherrie shirin shreya sidonie sienna signe silvana sinead siobhan siân sofie soledad sondra sonya soraya staci stacie stefania stine
susann susannah sushma susie suzan suzanna suzette suzie svenja sybil sylvie tabea talia tamar tami tamika tammie tanisha taryn tasha tatyana tawny terese
thandiwe thelma theodora theresia tia tilda tisha tonia tova tracie tricia trina trisha trixie trudi twyla tzipi ulrika velma verna veronique vickie vilma
violeta virginie vivien vivienne wencke wendi whoopi wiebke wilhelmina winnie winona xenia ximena yael yara yasmine yelena yesenia yoshiko ysabel yuliya
yuna zadie zahra zainab zelda zeynep zoey zofia zohra zora
# given to both: the gender stays open
= word GIVEN MALE FEMALE
jan dana nicola casey jody tracy dominique leslie jamie jordan alexis sasha taylor robin jackie kerry marion sandy luca simone
= word GIVEN MALE
akio alain alberic albrecht amadeus anselm arvid ayden bartholomew brayden bryson caden camden casimir chidi chinua collin
corentin cosmo dalton dejan dominick dorian easton edouard eero eirik emeric ercole espen femi ganesh garret gaspard gerrit
giacomo giancarlo gilbert gopal gregoire guillem gustave hakon harish haruki heikki henning hideki hiroki hugues iker isiah jaap
jace jacek jairo jamar janusz jaromir jarrett jasper javed javon jaxon jayden jaylen jerod jeroen jerrold jerzy jiro josue judah
kaden kaleb kamal kasper kazimierz keegan kenta kenzo kristian kurtis lambert latrell lennart levar linus lorne lubomir luka
maciej mahesh manish mansour marek marques marquis masao matthijs melvyn merle milosz minoru mordecai naoki nasir nathanael
naveen nehemiah nikhil niklas nikolaos obinna octave odell olusegun omari omid orest osamu otmar pavol pekka pranav predrag quinn
radoslaw ragnar raimund rakesh rayan rhett rigoberto rinaldo rino rodrick roel roscoe ryo ryszard sacha sachin samson sandeep
sanjiv satish satoshi sekou severin shinji sigurd silvan skyler slawomir sotiris stephon svein taj talib tarek teodor tetsuya
thurman timon toshio travon tremaine tunde tuomas uche ulysses valerio vasil veit vidar vilem wael witold xavi yassin yoshio
younis yukio yusef zachariah zahid ziad zuberi
= word GIVEN FEMALE
aaliyah aditi agata agneta aiko akiko alena alenka alessia alysha alyson amaya amelie anabel ananya anaïs andria aneta aniyah
anjali annalise annelise annett annmarie anushka arianna arielle arlette ashlyn aurora aya ayaka ayanna basma billie bozena
brandy breanna brenna briana brittney bryanna cadence callie camryn carissa carlene carmel caryn catarina celestine chanel
chantel charlotta charmaine chasity chelsie chiyo chrissy cierra cindi clarice clemence clothilde coleen constanze cori corine
corrine cortney cristal cristin daisha danika danuta dayna deana debora deena deepa deidre delaney delilah delphine demetria
dionne divya dominika dori dorota dorte earline ebony edwige effie elaina elana elisha elissa elodie elyse elzbieta emanuela
emiko emilija evangeline evelina ewa farida fatimah federica ferne floriane fumiko gauri gayle geeta geraldina ghada ghislaine
gianna giovanna gitte giuliana glenna glynis grazia greetje guro gwenaelle hala halina hallie hanako hanin haruka hayley hege
heidrun hend hendrika hertha hester hillarie hiroko hortense ilene ilka iman imani imke isabell itzel ivette iwona jacklyn jaida
janae jarmila jaya jaycee jayla jenifer jeri joelle jolanta jolene josephina jovana justyna kacey kaisa kaitlin kaitlyn
kali karissa karly karyn kasey katarina katarzyna kathi kathie kathryne katlyn kavita kaylee kaylin keiko keisha kelli kellie
keri kerri kiana kiara kiersten kinsey kirsti klara kristyna krystyna kumiko kyleigh kylie ladonna lakshmi lamia laney lata
latifa latonya laurene laurine laverne leann leanna leela leocadia leonora leora leslee leyla liesbeth lilith lillie livia
ljubica loes lorena lorene lorie louella lubna lucyna ludivine luella maaike macie macy madalyn maddison madhu maeve magali
magdalene maha makiko malak mamie manal mandi marcie margarethe mariann maricela maricica mariko marilee marit marita maritza
marjan marjory marleen marlen marlo marnie martyna maryellen maryjane marylou masako matilde mattie maxie maysa mckenzie meaghan
meena meera meghann megumi melanija melba melina melisa melitta merete mette michiko midori mireia mirela mirjam miroslava mollie
morgane muna nada naima najwa nakia naoko natalya nawal neha nele nelly nicolette noemie noriko nour noura oddny oline ottilie
paisley pamala pascale peyton pooja radha raelynn rafaela ragnhild raina raissa rana rania rasha rayna reba reem regula reiko
rena rike rima robbin rosalba rosalina rosanna rosanne rosita roxann ruba rukmini rupa sabah sachiko sade sahar sakura samar
samara sana sandrine sangeeta sarai sarita satoko sawsan setsuko severine shana shania shanna shannan shanti shari sharla
sharlene sharmila shayla shelby shireen shirlene shonda sieglinde siena sigrun silje simona sissel sita slavica sloane sneha
solveig sonal stanislava stefanija stephania stephany suha sunita sunniva swati sylwia synnove tabatha tameka tamia tamra tatum
tawana tereza thea thekla theres tiana tiara tierra tjasa toccara tomoko tori toril tove traudl trude twila tyra urszula usha
valarie valerija vandana vanja vesna vibeke vidya vigdis violetta virgie viviana vlasta vonda wafa wilhelmine willa wislawa
xiomara yasmina yukiko yuko yumi zaneta zaynab zdenka zeinab
# more of them: short forms, and names from all over the world that papers write about
= word GIVEN MALE
abdoulaye abiy adil adrián agustín ahmet akbar alasdair alassane aleksandar aleksei almazbek amitabh andriy andrés anies antónio aníbal aravind arun
ashraf atiku aurélien avigdor ayad ayelet babatunde balaji bambang basuki benigno benoît beto beşir bidzina binali bjørn bohuslav bojan borut boubacar
boyko bronislaw burak bülent callum cem cheikh cristiano césar darnell deandre demarcus deniz devendra devlet dmytro donny dylan eddy edi ehud
emmerson erlan evangelos evo ewan ezequiel fabián fahd fattah faure ferenc filipe frank-walter freddy fumio félix gabe gael gamal georgi germán giorgi
giorgos gonçalo goodluck gurbanguly györgy gábor hafez hage haider haile hailemariam hans-dietrich hans-georg hans-jürgen hans-peter hayao haydar
hernán hishammuddin hulusi håkan héctor ichiro idriss ike ikechukwu isaias istván ivica iván iyad jae-in jaroslaw jarosław javad jean-claude
jean-françois jean-jacques jean-luc jean-marie jean-paul jean-pierre jean-yves joaquim joko jokowi jong-un junichiro jános jørgen kailash karl-theodor
kassym-jomart kazuhiro keir kirill kizza klaus-dieter lalit lebron lech leopoldo leszek ljubco luíz macky mahamadou martín masayoshi massoud meles
mevlut mevlüt micheál mickey mikheil mikkel miloš modibo moussa muammar muhammadu mukul mykola naoto navjot nawaz nechirvan ngugi nicolás nikol nitin
nitish nouri numan nuno nursultan ollanta oluwaseun omprakash orhan padraig panagiotis pervez piyush pradeep prayut pádraig péter raila ramush ramzan
ramón ranjit raúl rohit ronny rubén rumen ruslan ryutaro rüdiger saeed saif sali salva satya seamus segun selahattin serzh seydou sharad shashi shohei
siddharth siddhartha sitaram subramanian surya susilo søren süleyman tavis tejas teodoro thiago timur tomás traian trayvon tuncay tushar uddhav uhuru
vahan venkaiah vicente vinicius vinny virat vyacheslav wangari yahya yanis yashwant yasuhiro yaw yemi yoweri zdeněk zoltán zulfikar zurab álvaro ángel
åke édouard éric étienne óscar
= word GIVEN FEMALE
alejandra alexandria alla ameenah annalena annastacia anne-marie anne-sophie aoife arundhati asha asma atifete auma aurélie ayşe barkha beyonce
beyoncé biljana camila canan catriona chimamanda chrystia cécile céline dahlys deepika dragana eilidh ekaterina elif emine folake françoise funke
geneviève giorgia graça guadalupe gülen halima hasina hauwa ilhan ingrida inès jacqui jayalalithaa jimena joséphine kalpana kareena kateřina ketanji
kolinda ksenia ksenija kyrsten laëtitia lenka lindiwe lourdes lyubov lyudmila léa mamata marama marie-claude marie-france marija markéta martine
mary-ann mary-kate masha małgorzata meral merve metiria mhairi milica morag nadezhda najat nandini nataša ngozi niamh nirmala nkosazana noémie océane
omarosa pratibha rachida rashida rihanna roisin rona róisín saina salome sania segolene shabana shaniqua sheikha smita smriti snežana solène sudha
suella sushmita ségolène tansu tarja thuli tijana tsakhia vaira valérie vasundhara vjosa véronique xiaoling yetunde zanele zoé élisabeth éloïse željka
