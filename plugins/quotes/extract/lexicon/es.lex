# Spanish: what quotations and dash speech need.
= word DET
el la los las un una unos unas este esta estos estas ese esa aquel aquella cada varios varias algunos algunas
= word POSSPRON
su sus mi mis nuestro nuestra
= word PRON MALE
él
= word PRON FEMALE
ella
= word PRON
yo tú nosotros ellos ellas usted ustedes se me te le les lo
= word FIRST
yo nosotros mi mis nuestro nuestra
= word PREP
de del a al en con por para sin sobre entre desde hasta hacia contra durante tras ante
= word ATTRIB PREP
según
= word CONJ
y e o u pero
= word SUB
que si como cuando porque aunque mientras
# what a clause that was said begins with
= word CLAUSAL
que si cómo cuándo dónde cuánto qué quién
= word PRON OBJ
se me te le les lo nos os
= word REL
que quien quienes cual
= word AUX
es son era eran fue fueron ha han había habían será serán está están estaba
= word NEG ADV
no nunca
= word ADV
también ya ayer hoy mañana luego además más muy todavía
= word SAY STRONG VERB VPAST V3S VPP
dijo dice dicen dijeron decía dicho afirmó afirma afirman afirmaron aseguró asegura aseguran explicó explica explican añadió añade agregó agrega señaló señala indicó indica declaró declara contestó contesta respondió responde preguntó pregunta
confirmó confirma confirman confirmaron aclaró aclara detalló detalla informó informa informan informaron relató relata narró reveló revela opinó opina sentenció enfatizó enfatiza remarcó remarca reiteró reitera ratificó ratifica
puntualizó matizó alegó alega argumentó argumenta negó niega expuso expone reclamó reclama exigió exige avisó avisa alertó alerta apostilló zanjó ironizó bromeó defendió defiende juró declararon declaran anunciaron anuncian señalaron señalan
indicaron indican explicaron explican respondieron advirtieron denunciaron agregaron añadieron
comentó comenta contó cuenta escribió escribe insistió insiste subrayó subraya destacó destaca admitió admite reconoció reconoce advirtió advierte anunció anuncia denunció denuncia lamentó lamenta recordó recuerda sostuvo sostiene manifestó manifiesta
exclamó exclama gritó grita susurró murmuró replicó concluyó concluye apuntó apunta precisó precisa prometió criticó critica pidió pide tuiteó confesó expresó
= word THINK VERB V3S VPAST
cree creen piensa piensan espera esperan teme considera consideran
= word CALL SAY VERB VPAST V3S VPP
calificó califica llamó llama describió describe tildó tachó
= word TITLE MALE
señor don
= word TITLE FEMALE
señora doña señorita
= word ABBR
sr sra dr dra ud
= word TITLE
presidente presidenta ministro ministra alcalde alcaldesa senador senadora diputado diputada profesor profesora doctor doctora general
= word ROLE NOUN
portavoz abogado abogada juez jueza fiscal investigador investigadora historiador historiadora autor autora entrenador entrenadora jugador jugadora policía abogada director directora jefe jefa testigo experto experta economista médico profesor profesora presidente presidenta ministro ministra alcalde alcaldesa
= word ROLE NOUN PLURAL
expertos testigos responsables investigadores fiscales jueces sindicatos policías abogados autoridades médicos vecinos
= word ORG NOUN
gobierno ministerio policía partido empresa compañía tribunal comisión diario agencia
= word TIME NOUN
mañana tarde noche semana mes año día lunes martes miércoles jueves viernes sábado domingo enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
= word WORK NOUN
película libro novela canción álbum serie programa
= word AUX PASS
es son era eran fue fueron será serán
