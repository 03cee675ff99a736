"""Given names and the short forms that people use for them.

Guarantee: a literal table, one line a name, so that anyone can read and correct it. The
names are everyday English and Spanish knowledge, written down for this project. A name
in the table is *established*: another name one letter away is then a second name and not
a slip of the pen (Maria and Mario, Eric and Erica).
"""

_SHORT_FORMS = """
abigail: abby abbie gail
abraham: abe
adam
adrian
adriana
adrienne
agnes: aggie
alan: al
allan: al
allen: al
albert: al bert bertie
alberto: beto
alejandra: ale
alejandro: ale alex
alexander: alex al alec sandy xander lex
alexandra: alex sandra sandy lexi alexa
alexandria
alexis: alex lexi
alfred: al fred alf
alice: ally
alicia
alison: ally ali
allison: ally ali
amanda: mandy
amber
amelia: amy millie
amy
ana
andrea: andy
andrew: andy drew
angel
angela: angie
angelica: angie
ann: annie nan
anna: annie
anne: annie
annette: annie
anthony: tony ant
antonia: toni
antonio: tony tono
april
arlene
arnold: arnie
arthur: art artie
ashley: ash
audrey
austin
barbara: barb barbie babs bobbie
barry
beatrice: bea trixie
benjamin: ben benny benji
bernard: bernie
bertha
beth
bethany: beth
betty
beverly: bev
bonnie
bradley: brad
brandi
brandon
brandy
brenda
brendan
brent
brett
brian
bruce
bryan
caitlin: cait
calvin: cal
cameron: cam
carl
carla
carlos
carmen
carol
carole
caroline: carrie caro
carolyn: carrie carol
carrie
catherine: cathy cat kate katie kitty cate
cathy
cecilia: ceil cece
cesar
chad
charlene
charles: charlie chuck chas chaz
charlotte: charlie lottie char
chelsea
cheryl
chris
christian: chris
christie
christina: chris chrissy tina christy
christine: chris chrissy tina christy
christopher: chris topher kit
cindy
clarence
claire
clara
claudia
clayton: clay
clifford: cliff
clinton: clint
cody
colin
colleen
connie
constance: connie
corey
cory
courtney: court
craig
crystal
curtis: curt
cynthia: cindy cyndi
dale
dana
daniel: dan danny
danielle: dani
darlene
darrell
darren
darryl
david: dave davey
dawn
dean
deanna
deborah: deb debbie debby debra
debra: deb debbie debby deborah
denise
dennis: denny den
derek
derrick
desiree
diana: di
diane: di
dolores: lola
dominic: dom nick
dominique
donald: don donnie
donna
doris
dorothy: dot dottie dolly
douglas: doug
dustin
dwayne
dylan
earl
edgar: ed
edith: edie
edmund: ed ned
edward: ed eddie ned ted teddy
edwin: ed eddie
eduardo: eddie lalo
eileen
elaine
eleanor: ellie nell nora
elena
elias: eli
elijah: eli
elizabeth: liz lizzie beth betsy betty eliza lisa libby bess
ellen: ellie nell
emily: em emmy
emma: em
enrique: quique
eric: rick
erica: ricki
erik: rick
erika: ricki
erin
ernest: ernie
esther
ethan
eugene: gene
eva
evan
evelyn: eve evie
felicia
fernando: nando
florence: flo
frances: fran frannie
francesca: fran
francis: frank fran
francisco: paco pancho frank cisco
franklin: frank
frank: frankie
frederick: fred freddie rick
gabriel: gabe
gabriela: gabi gaby
gabriella: gabi gaby ella
gabrielle: gabby
gail
gary
geoffrey: geoff jeff
george
gerald: gerry jerry
geraldine: gerry
gilbert: gil bert
gina
glenn
gloria
gordon
grace
graciela: chela
gregory: greg
guadalupe: lupe
guillermo: memo
gwendolyn: gwen
hannah
harold: harry hal
harriet: hattie
harry
heather
hector
heidi
helen: nell
henry: hank harry
herbert: herb bert
holly
howard: howie
hugo
ian
ignacio: nacho
irene
isaac: ike zac
isabel: bella izzy
isabella: bella izzy
isaiah
jack
jackson: jack
jaclyn: jackie
jacob: jake
jacqueline: jackie
jaime
james: jim jimmy jamie
jamie
jane: janie
janet: jan
janice: jan
jared
jasmine: jaz
jason: jay
javier: javi
jay
jean: jeannie
jeanette: jean
jeffrey: jeff
jenna: jen
jennifer: jen jenny jenn
jeremiah: jerry
jeremy: jerry
jerome: jerry
jerry
jesse: jess
jessica: jess jessie
jesus: chuy
jill
jillian: jill
jo
joan: joanie
joann: jo
joanna: jo
joanne: jo
joaquin
jocelyn: joss
jodi
joe
joel
john: johnny jack jon
johnathan: john jon
jonathan: jon john nathan
jordan
jorge
jose: pepe
joseph: joe joey
josephine: jo josie
joshua: josh
joy
joyce
juan
juanita
judith: judy
judy
julia: jules
julian: jules
julie: jules
justin
kaitlyn: kait
karen
karina
karl
katelyn: kate katie
katherine: kate katie kathy kat kitty kay
kathleen: kathy kate katie
kathryn: kate katie kathy kat
katrina: kat trina
kayla: kay
keith
kelly
kelsey
kendra
kenneth: ken kenny
kevin: kev
kim
kimberly: kim
kirsten
kristen: kris kristy
kristin: kris kristy
kristina: kris tina kristy
kristine: kris kristy
kyle
larry
latoya: toya
laura: laurie
lauren: laurie
laurence: larry laurie
lawrence: larry
leah
lee
leonard: leo lenny len
leonardo: leo
leroy
leslie: les
lewis: lew
lillian: lily lil
linda: lindy
lindsay
lindsey
lisa
logan
lois
lori
lorraine: lori
louis: lou louie
louise: lou
lucas: luke
luis
lucia: lucy
lucille: lucy
luke
lydia
lynn
madeline: maddie
madison: maddie
manuel: manny
marc
marcia
marco
marcus: marc mark
margaret: maggie meg peggy marge margie greta rita daisy peg
margarita: rita
maria
mariah
marie
marilyn
mario
marion
marissa
marjorie: marge margie
mark
marlene
martha: marty
martin: marty
marvin: marv
mary: molly polly mamie
mason
matthew: matt matty
maurice: moe
max
maxwell: max
megan: meg
meghan: meg
melanie: mel
melinda: mindy mel
melissa: mel missy lissa
melvin: mel
mercedes
meredith
michael: mike mikey mick mickey
michele: shelly
michelle: shelly
miguel
mildred: millie
miranda: randi mandy
misty
mitchell: mitch
molly
monica
monique
morgan
morris: moe
mohammed: mo
muhammad: mo
nancy
naomi
natalie: nat
natasha: tasha
nathan: nate nat
nathaniel: nate nathan nat
neil
nicholas: nick nicky
nicole: nicki nikki
nina
noah
nora
norma
norman: norm
oliver: ollie
olivia: liv livvy
omar
oscar
pablo
paige
pamela: pam
patricia: pat patty trish tricia patti
patrick: pat paddy
paul
paula
pauline
pedro
penelope: penny
perry
peter: pete
philip: phil
phillip: phil
phyllis: phyl
priscilla: cilla
rachael: rach
rachel: rach
rafael: rafa
ralph
ramon: ray
randall: randy
randolph: randy
randy
raul
raymond: ray
rebecca: becky becca
regina: gina
reginald: reggie reg
rene
renee
ricardo: rick ricky
richard: rick rich dick richie ricky
ricky
riley
robert: bob rob bobby robbie bert
roberta: bobbie
roberto: beto rob
robin: rob
rodney: rod
rodolfo: rudy
roger: rog
roland: rollie
ronald: ron ronnie
rosa
rosario: charo
rose: rosie
rosemary: rose rosie
roy
ruben
rudolph: rudy
russell: russ
ruth: ruthie
ryan
sabrina: brina
sally
samantha: sam sammy
samuel: sam sammy
sandra: sandy
sara
sarah: sadie sally
savannah
scott: scotty
sean
sebastian: seb bas
sergio
seth
shane
shannon
sharon: shari
shaun
shawn
sheila
shelby
sherri
sherry
shirley: shirl
sofia: sophie
solomon: sol
sophia: sophie
sophie
sonia
stacey
stacy
stanley: stan
stephanie: steph stevie
stephen: steve stevie
sterling
steven: steve stevie
stuart: stu
stewart: stu
susan: sue susie suzy
susanna: sue susie
suzanne: sue susie suzy
sydney: syd
sylvia: syl
tabitha: tabby
tamara: tammy tam
tammy
tanya
tara
taylor
teresa: terry tess tessa
terrance: terry
terrence: terry
terry
thelma
theodore: ted teddy theo
theresa: terry tess tessa
thomas: tom tommy
tiffany: tiff
timothy: tim timmy
tina
todd
tony
tonya
tracey
tracy
travis
trevor: trev
troy
tyler: ty
valerie: val
vanessa: nessa
vernon: vern
veronica: ronnie
vicente: chente
victor: vic
victoria: vicky tori vicki
vincent: vince vinny
violet: vi
virginia: ginny ginger
vivian: viv
walter: walt wally
wanda
warren
wayne
wendy
wesley: wes
william: bill will billy willie liam
willie
wyatt
xavier: xavi
yolanda: yoli
yvonne
zachary: zach zack zac
zoe
"""

_OTHER_NAMES = """
aaliyah aarav abdul abdullah abel abril ada adele adem agata agnieszka ahmad ahmed aidan aiden
aileen aimee aisha akira alana alba aldo alessandra alessandro alessia alina alma alvaro amal
amalia amara amina amir amit amparo ananya anders andre andrei andres aneta angelo angus anika
anil anita anjali anja anke annika anouk ante antoine anton antonella arianna armando arjun arne
arthur asha astrid ava axel ayden ayesha beatriz bella benita benoit bianca bjorn boris brayden
bruno camila camille carina carlo caterina celia celine chen chiara chloe cian claude clemens
clemence concetta cristian cristina daisuke dalia damian dario davide declan deepak delia dieter
dimitri dina dmitri dominik dorota ebony eduard eero eino ela elif elin elio elise ella elsa
emil emilia emilio emine emre enrico enzo erin eros esperanza esteban eun eva ewa fabian fabio
fadi farah fatima federica federico felipe felix ferdinand filip filippo finn fiona flavia franck
franco francois freya frida friedrich gaia gemma georgia gerardo gerd giacomo gianluca gino
giorgia giorgio giovanna giovanni giulia giulio giuseppe goran greta guido gunnar gustavo hakan
hamza hana hannes hans hao haruto hassan hayden heike helena helene helga helmut henrik hiroshi
holger hui hung hussein ibrahim igor ilaria imran ines ingrid irina isaac isla ismail ivan ivana
ivy jakob jan jana janez jayden jens jelena ji jia jiang jin joana johan johanna jorg josefa
josefina jun jurgen kaan kai karim karin karthik katarina kavya kayden kenji khalid kiara kiran
klaus krzysztof kumar kyung lara lars laszlo laurent layla lea leila lena leila leonie leticia li
lia liam lin ling linus lorenzo luana luca luciana lucie ludmila ludwig luigi luisa lukas luna
maciej madhu magda magdalena mahmoud maja malik manfred manon manuela mara marcela marcelo marcin
marek margot mariam mariana marina marisol marko marlon marta marte martina matej mateo mathilde
matias matteo mattia maureen mauro maya mehmet mei mercy mia michal michel mikael mikko mila milan
milena min ming miriam mirko mohamed mustafa nadia nadine nevaeh niamh nicola nicolas nicole niko
nikhil nikolai nils nisha noa noelia noor nour nuria odette olaf ole olga oliwia omar orla otto
paola paolo pascal patrizia pavel pawel per petra piotr pierre pilar pooja prakash priya rachid
rahul raj rajesh ramesh rania ravi rashid rebeca reinhard rita roberta rocio rohan rolf roman
romain romeo rosario rosalia rosana ruth sabine sachin said sakura salma salvatore samir sandeep
sandro sanjay sara saskia selma sergei serena shreya silvia simon simona simone sina siobhan
slavko sofie sonja soren stefan stefania stefano suresh sven svetlana takashi tamar tatiana thea
thiago tim timo tobias tomas tomasz ulrich ursula uwe valentina valeria vera vijay vikram viktor
viktoria vincenzo vladimir wei werner wolfgang xin xavi yan yara yasmin yasmine yi yong yosef
youssef yuan yuki yuri yusuf zara zhang zofia zoltan zuzana
"""


def _read(table: str) -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    full_names: dict[str, set[str]] = {}
    forms: dict[str, frozenset[str]] = {}
    for line in table.split("\n"):
        name, _, short_forms = line.partition(":")
        if not name:
            continue
        forms[name] = frozenset((name, *short_forms.split()))
        for form in forms[name]:
            full_names.setdefault(form, set()).add(name)
    for name in _OTHER_NAMES.split():
        full_names.setdefault(name, {name})
        forms.setdefault(name, frozenset((name,)))
    return {name: frozenset(meanings) for name, meanings in full_names.items()}, forms


FULL_NAMES, _FORMS = _read(_SHORT_FORMS)
"""`FULL_NAMES`: from each established name to the full names it may stand for (itself,
when it has a line of its own)."""

ROOT = {name: min(meanings) for name, meanings in FULL_NAMES.items()}
"""One of the full names that a name may stand for, always the same: for use in a key."""


def same_person_forms(one: str, other: str) -> bool:
    """Say whether two folded given names are forms of one (Bob and Robert, Bob and Rob)."""
    meanings = FULL_NAMES.get(one)
    return meanings is not None and not meanings.isdisjoint(FULL_NAMES.get(other, ()))


def forms_of(name: str) -> set[str]:
    """Return every form of the full names that a folded given name may stand for."""
    return {form for full_name in FULL_NAMES.get(name, ()) for form in _FORMS[full_name]}
