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
