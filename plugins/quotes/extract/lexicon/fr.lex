# French: what quotations and dash speech need.
= word DET
le la les un une des ce cet cette ces l' chaque plusieurs certains certaines quelques
= word POSSPRON
son sa ses leur leurs mon ma mes notre nos
= word PRON MALE
il lui a-t-il
= word PRON FEMALE
elle a-t-elle
= word PRON
je tu nous vous ils elles on j' me m' se s' te t'
= word FIRST
je nous j' mon ma mes notre
= word PREP
de du d' à au aux en dans sur pour par avec sans chez vers contre entre depuis pendant après avant sous
= word ATTRIB PREP
selon d'après
= word CONJ
et ou mais
= word SUB
que qu' si comme quand lorsque parce puisque alors
# what a clause that was said begins with
= word CLAUSAL
que qu' si comment pourquoi où quand combien
= word PRON OBJ
me m' te t' se s' leur lui nous vous
= word REL
qui que dont où lequel laquelle
= word AUX
est sont était étaient a ont avait avaient sera seront serait fut ai avons avez es suis
= word NEG ADV
ne n' pas jamais
= word ADV
aussi encore déjà hier aujourd'hui demain puis ensuite notamment toujours très plus
= word SAY STRONG VERB VPAST V3S VPP
dit disent disait disaient dira déclaré déclare déclarait affirme affirment affirmé affirmait explique expliquent expliqué expliquait ajoute ajouté ajoutait assure assurent assuré répond répondu répondait demande demandé demandait
confirme confirmé confirment confirmait martèle martelé plaide plaidé plaidait constate constaté constatent observe observé détaille détaillé commente commenté réagit réagi renchérit soutient soutenu soutiennent argumente avertit averti alerte alerté
réplique répliqué signale signalé révèle révélé garantit jure juré déplore déploré déplorent ironise certifie certifié rapporte rapporté rapportent informe informé relate relaté glisse glissé note noté notent redoute s'inquiète s'étonne
raconte raconté racontait estime estiment estimé estimait souligne souligné soulignait précise précisé précisait indique indiqué indiquait annonce annoncé écrit écrivait écrivent confie confié lance lancé insiste insisté poursuit conclut conclu
reconnaît reconnu regrette regretté dénonce dénoncé critique critiqué prévient prévenu promet promis rappelle rappelé rétorque rétorqué s'exclame murmure murmuré crie crié avoue avoué admet admis résume résumé témoigne témoigné tweeté
= word THINK VERB V3S VPAST
pense pensent croit croient espère espèrent craint craignent
= word CALL SAY VERB VPAST V3S VPP
qualifie qualifié qualifiait appelle appelé décrit
= word TITLE MALE
m monsieur
= word TITLE FEMALE
mme madame mlle mademoiselle
= word ABBR
m mme mlle dr
= word TITLE
président présidente ministre maire sénateur sénatrice député députée professeur docteur général
= word ROLE NOUN
porte-parole avocat avocate directeur directrice chef cheffe patron patronne préfet préfète juge procureur procureure militant militante chercheur chercheuse historien historienne auteur autrice entraîneur joueur habitant habitante enseignant enseignante syndicaliste responsable témoin expert experte économiste médecin professeur président présidente ministre maire député députée secrétaire
= word ROLE NOUN PLURAL
experts témoins responsables chercheurs enquêteurs habitants syndicats élus militants magistrats associations avocats policiers autorités médecins
= word ORG NOUN
gouvernement ministère police parti entreprise société tribunal commission journal agence
= word TIME NOUN
matin soir semaine mois année jour lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril mai juin juillet août septembre octobre novembre décembre
= word WORK NOUN
film livre roman chanson album série émission journal
= word AUX PASS
est sont étaient était sera seront serait fut
