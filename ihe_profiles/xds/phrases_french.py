"""The French of the pieces of sentences, by their English (see `ihe_profiles.xds.phrases`).

What continues "the value ..." in English continues "la valeur ..." in French.
"""

from __future__ import annotations

from typing import Final

from ihe_profiles.dsg.reasons_french import FRENCH as _REASONS

_NAMES: Final = {
    '{kind} {id} (title "{title}")': "{kind} {id} (titre « {title} »)",
    "{kind} {id}": "{kind} {id}",
    "{kind} ({id})": "{kind} ({id})",
    "(none)": "(aucune)",
    "none": "aucun",
    "an object in the registry": "un objet du registre",
    "the membership of a document in a Folder": "l'appartenance d'un document à un Folder",
    "The submission": "La soumission",
    "The SubmissionSet": "Le SubmissionSet",
    "another": "un autre",
    "{id}, to which {label} leads,": "{id}, vers lequel mène {label},",
    "an element {name}": "un élément {name}",
    "a {kind} ({id})": "{kind} ({id})",
    "{content} with a {name}": "{content}, avec {name}",
    "{content} with slots": "{content}, avec des slots",
    "surviving": "conservé",
    "subsumed": "fusionné",
}

_DOCUMENTS: Final = {
    "{first} (and {more} more)": "{first} (et {more} autres)",
    "its first octets are those of {found}": "ses premiers octets sont ceux de {found}",
    "its first octets are not those of this type": (
        "ses premiers octets ne sont pas ceux de ce type"
    ),
    "its octet {place} is {octet}, which no text holds": (
        "son octet {place} est {octet}, qu'aucun texte ne contient"
    ),
    "its octet {place} is not {charset}": "son octet {place} n'est pas du {charset}",
    "nobody known": "un inconnu",
    "invalid": "fausse",
    "indeterminate": "indécidable",
}

_DATA_TYPES: Final = {
    "is longer than the 64 characters of an OID": "dépasse les 64 caractères d'un OID",
    "is not an OID (such as 1.2.250.1)": "n'est pas un OID (comme 1.2.250.1)",
    "is not an OID URN (such as urn:oid:1.2.250.1)": (
        "n'est pas l'URN d'un OID (comme urn:oid:1.2.250.1)"
    ),
    "is not `urn:uuid:` followed by a UUID in lower-case digits": (
        "n'est pas « urn:uuid: » suivi d'un UUID en chiffres minuscules"
    ),
    "is empty": "est vide",
    "has the character {character}, which a URI must escape": (
        "contient le caractère {character}, qu'un URI doit coder"
    ),
    "is not a URN (urn:namespace:name)": "n'est pas un URN (urn:espace:nom)",
    "is not a SHA-1 of 40 hexadecimal digits": ("n'est pas un SHA-1 de 40 chiffres hexadécimaux"),
    "is not a number of octets (at most 18 digits)": (
        "n'est pas un nombre d'octets (18 chiffres au plus)"
    ),
    "is not a language tag (such as fr-FR)": "n'est pas un code de langue (comme fr-FR)",
    "is not a media type (such as text/xml)": "n'est pas un type de média (comme text/xml)",
    "has the escape sequence {sequence}, which metadata may not use": (
        "contient la séquence d'échappement {sequence}, interdite dans les métadonnées"
    ),
    "needs the assigning authority in component {number} as &OID&ISO": (
        "doit porter l'autorité d'affectation au composant {number}, sous la forme &OID&ISO"
    ),
    "is not one of {values}": "n'est pas une des valeurs {values}",
    "needs exactly one identifier, in component 1": (
        "doit porter un identifiant et un seul, au composant 1"
    ),
    "has a component {number}; a CX is id^^^&OID&ISO": (
        "a un composant {number} ; un CX s'écrit id^^^&OID&ISO"
    ),
    "needs an identifier in component 1": "doit porter un identifiant au composant 1",
    "needs the kind of identifier, a URN, in component 5": (
        "doit porter le genre d'identifiant, un URN, au composant 5"
    ),
    "has a component {number}, which this kind of identifier does not use": (
        "a un composant {number}, que ce genre d'identifiant n'emploie pas"
    ),
    "needs the authority in component 4 as a namespace, or as &universal id&type": (
        "doit porter l'autorité au composant 4 : un espace de noms, ou &id universel&type"
    ),
    "needs an identifier in component 1 or a family name in component 2": (
        "doit porter un identifiant au composant 1 ou un nom de famille au composant 2"
    ),
    "needs the organisation's name in component 1": (
        "doit porter le nom de l'organisation au composant 1"
    ),
    "has a component {number}; an XON is name^^^^^&OID&ISO^^^^id": (
        "a un composant {number} ; un XON s'écrit nom^^^^^&OID&ISO^^^^id"
    ),
    "needs the e-mail address in component 4": "doit porter l'adresse électronique au composant 4",
    "needs component 2 empty or NET beside an e-mail address": (
        "doit avoir un composant 2 vide ou égal à NET à côté d'une adresse électronique"
    ),
    "needs Internet and an address, or an equipment type (3) and a local number (7)": (
        "doit porter Internet et une adresse, ou un type d'équipement (3) et un numéro local (7)"
    ),
    "is not a time YYYY[MM[DD[hh[mm[ss]]]]] in UTC, without zone or fraction": (
        "n'est pas une date AAAA[MM[JJ[hh[mm[ss]]]]] en UTC, sans fuseau ni fraction"
    ),
    "is not a time of the calendar": "n'est pas une date du calendrier",
    "needs an organisation, a person or a telecom address, separated by |": (
        "doit porter une organisation, une personne ou une adresse de télécommunication,"
        " séparées par |"
    ),
    "has an {kind} {part} that {problem}": "contient un {kind} {part} qui {problem}",
    "is not a PID field (such as PID-5|Name^Given)": (
        "n'est pas un champ PID (comme PID-5|Nom^Prénom)"
    ),
    "has {number} characters, more than the {limit} allowed": (
        "compte {number} caractères, plus que les {limit} permis"
    ),
}

_SUBMISSIONS: Final = {
    "HasMember goes from the SubmissionSet to a DocumentEntry, a Folder or the membership of a"
    " document in a Folder, or from a Folder to a DocumentEntry.": (
        "HasMember va du SubmissionSet à un DocumentEntry, à un Folder ou à l'appartenance d'un"
        " document à un Folder, ou d'un Folder à un DocumentEntry."
    ),
    "It goes from a DocumentEntry of the submission to one in the registry.": (
        "Elle va d'un DocumentEntry de la soumission à un DocumentEntry du registre."
    ),
    "It goes from a DocumentEntry of the submission to another DocumentEntry.": (
        "Elle va d'un DocumentEntry de la soumission à un autre DocumentEntry."
    ),
    "It goes from a DocumentEntry of the submission to another DocumentEntry or to the"
    " SubmissionSet.": (
        "Elle va d'un DocumentEntry de la soumission à un autre DocumentEntry ou au SubmissionSet."
    ),
    "which is neither an object of the submission nor a UUID": (
        "qui n'est ni un objet de la soumission ni un UUID"
    ),
    "which is not a DocumentEntry of the submission": (
        "qui n'est pas un DocumentEntry de la soumission"
    ),
    "which is submitted just now and not yet in the registry": (
        "qui vient d'être soumis et n'est pas encore dans le registre"
    ),
    "which neither the submission nor the registry holds": (
        "qui n'est ni dans la soumission ni dans le registre"
    ),
    "it holds one lcm:SubmitObjectsRequest, then xds:Document elements": (
        "il contient un lcm:SubmitObjectsRequest, puis des éléments xds:Document"
    ),
    "each xds:Document has an id": "chaque xds:Document a un id",
    "it holds something else": "il contient autre chose",
    "its characters are not a multiple of four": (
        "le nombre de ses caractères n'est pas un multiple de quatre"
    ),
    "it holds a character outside of ASCII": "il contient un caractère hors de l'ASCII",
}

_QUERIES: Final = {
    "no value of which is understood": "dont aucune valeur n'est comprise",
    "which is absent": "qui est absent",
    "none of which has a value": "dont aucun n'a de valeur",
    "are given together": "sont donnés ensemble",
    "Give exactly one of {choice}.": "Donnez exactement un de {choice}.",
    "Give at most one of them.": "Donnez au plus l'un des deux.",
    "comes in {number} slots": "vient en {number} slots",
    "Put all values into one.": "Mettez toutes les valeurs dans un seul slot.",
    "has {number} values": "a {number} valeurs",
    "Give it exactly one.": "Donnez-lui exactement une valeur.",
    "opens a parenthesis that it does not close": "ouvre une parenthèse sans la fermer",
    "is neither a text in single quotes nor a number": (
        "n'est ni un texte entre apostrophes ni un nombre"
    ),
    "has something in its list that is no quoted text and no number": (
        "a dans sa liste autre chose qu'un texte entre apostrophes ou un nombre"
    ),
    "has values in its list that no comma separates": (
        "a dans sa liste des valeurs qu'aucune virgule ne sépare"
    ),
    "is a text without single quotes around it": "est un texte sans apostrophes autour",
    "is not a code with its scheme": "n'est pas un code avec son système de codage",
    "is not a number": "n'est pas un nombre",
    "has too many wildcards": "a trop de jokers",
    "'text', or ('text','text'), each with at most {number} wildcards (% and _)": (
        "'texte', ou ('texte','texte'), chacun avec au plus {number} jokers (% et _)"
    ),
    "begins with a wildcard, but the query names no patient": (
        "commence par un joker, alors que l'interrogation ne nomme pas de patient"
    ),
    "a text that begins with no wildcard, or give the patient": (
        "un texte qui ne commence pas par un joker, ou donnez le patient"
    ),
    "'text', or ('text','text') for several values": (
        "'texte', ou ('texte','texte') pour plusieurs valeurs"
    ),
    "a time YYYY[MM[DD[hh[mm[ss]]]]] in UTC, without quotes": (
        "une date AAAA[MM[JJ[hh[mm[ss]]]]] en UTC, sans apostrophes"
    ),
    "a whole number, without quotes": "un nombre entier, sans apostrophes",
    "has {number} values in {slots} slots": "a {number} valeurs dans {slots} slots",
    "Give at most {values} values, {patterns} patterns and {slots} slots.": (
        "Donnez au plus {values} valeurs, {patterns} motifs et {slots} slots."
    ),
}

_DOMAINS: Final = {
    "is not one that the domain allows": "n'est pas de celles que le domaine permet",
    "was allowed until {date} only": "n'était permise que jusqu'au {date}",
    "is not allowed before {date}": "n'est pas permise avant le {date}",
    "no value at present": "aucune valeur à présent",
    "{values} (of {number})": "{values} (sur {number})",
    "is not an INS: 13 digits (2A or 2B for Corsica at 6 and 7) and a key of 2 digits": (
        "n'est pas un INS : 13 chiffres (2A ou 2B pour la Corse en 6 et 7) et une clé de 2 chiffres"
    ),
    "has no key ({expected})": "n'a pas de clé ({expected})",
    "has the key {key}, not {expected}": "a la clé {key} au lieu de {expected}",
    "needs {type} in component 5, the type of identifier": (
        "doit porter {type}, le type d'identifiant, au composant 5"
    ),
    "has {number} of the codes N, R and V of {scheme}, and needs exactly one": (
        "a {number} des codes N, R et V de {scheme}, et doit en avoir exactement un"
    ),
    "has a code twice": "a deux fois le même code",
    "needs 14 digits, in UTC": "doit avoir 14 chiffres, en UTC",
    "needs a codingScheme without urn:oid:": "doit avoir un codingScheme sans urn:oid:",
    "is not {expected}, the class of the type {type}": (
        "n'est pas {expected}, la classe du type {type}"
    ),
    "needs a number in component 1 and a name in component 2": (
        "doit porter un numéro au composant 1 et un nom au composant 2"
    ),
    "needs the authority of the number in component 9 as &OID&ISO": (
        "doit porter au composant 9 l'autorité du numéro, sous la forme &OID&ISO"
    ),
    "needs one of IDNPS, EI, NH and RI in component 13": (
        "doit porter IDNPS, EI, NH ou RI au composant 13"
    ),
    "needs {expected} in component 10 beside {type}": (
        "doit porter {expected} au composant 10 à côté de {type}"
    ),
    "needs NH in component 13 for a patient's INS, and only for one": (
        "doit porter NH au composant 13 pour l'INS d'un patient, et seulement alors"
    ),
    "needs a number (10) and its authority (6) together, or a name alone": (
        "doit porter ensemble un numéro (10) et son autorité (6), ou un nom seul"
    ),
    "needs IDNST or SIREN in component 7": "doit porter IDNST ou SIREN au composant 7",
    "is a patient's and has an authorInstitution beside it": (
        "est celle d'un patient et a une authorInstitution à côté d'elle"
    ),
    "has no authorInstitution beside it": "n'a pas d'authorInstitution à côté d'elle",
    "is not of the form code^label^OID of the code system": (
        "n'est pas de la forme code^libellé^OID du système de codage"
    ),
    "is a code where a label is wanted": "est un code là où un libellé est attendu",
    "is not a NAM: 4 capital letters and 8 digits, without blanks": (
        "n'est pas un NAM : 4 lettres majuscules et 8 chiffres, sans espaces"
    ),
    "holds no date of birth in its first 6 digits (the month is 50 higher for women)": (
        "n'a pas de date de naissance dans ses 6 premiers chiffres (mois augmenté de 50 pour une"
        " femme)"
    ),
    "has 0 as its 11th character, which no holder is known to have": (
        "a un 0 en 11e position, qu'aucun titulaire connu n'a"
    ),
    "has the check digit {digit}, not {expected}": (
        "a le chiffre de contrôle {digit} au lieu de {expected}"
    ),
    "holds a NIU, which may not be shown": "contient un NIU, qui ne doit pas être montré",
    "is not a code of LOINC ({loinc}) or pCLOCD ({pclocd})": (
        "n'est pas un code de LOINC ({loinc}) ni de pCLOCD ({pclocd})"
    ),
}

FRENCH: Final[dict[str, str]] = {
    **_NAMES,
    **_DOCUMENTS,
    **_REASONS,
    **_DATA_TYPES,
    **_SUBMISSIONS,
    **_QUERIES,
    **_DOMAINS,
}
"""French templates, by English template."""
