"""The French of the error catalogue: text and advice of each entry, by its key.

The names of objects, attributes, codes and values stay as the standard writes them. The fields are
those of the English entry; code, section and severity are said there only.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class French(NamedTuple):
    """Text and advice of one entry."""

    text: str
    advice: str


_SCHEMA: Final = (
    "Envoyez les éléments et les attributs dans l'ordre et le nombre que permet le schéma de"
    " {element}."
)
_OPERATOR: Final = "Communiquez l'identifiant de trace à l'exploitant."

_READING: Final = {
    "schema-violation": French(
        "La requête enfreint le schéma à l'endroit {path} : {problem}.", _SCHEMA
    ),
    "repository-schema-violation": French(
        "La requête enfreint le schéma à l'endroit {path} : {problem}.", _SCHEMA
    ),
    "query-schema-violation": French(
        "L'interrogation enfreint le schéma à l'endroit {path} : {problem}.", _SCHEMA
    ),
    "retrieve-schema-violation": French(
        "La requête enfreint le schéma à l'endroit {path} : {problem}.", _SCHEMA
    ),
    "unexpected-element": French(
        "La soumission contient un élément {element} d'identifiant {id}.",
        "N'envoyez que des ExtrinsicObject, RegistryPackage, Association et leurs Classifications.",
    ),
    "unexpected-content": French(
        "{object} contient {content}, qui n'a pas de place dans les métadonnées XDS.",
        "Retirez-le ; les métadonnées supplémentaires vont dans des slots dont le nom est un"
        " URN qui vous appartient.",
    ),
    "unknown-object-type": French(
        "{object} a l'objectType {value}.",
        "Employez l'UUID d'un DocumentEntry stable ou à la demande.",
    ),
    "unmarked-package": French(
        "Le RegistryPackage {id} (titre {title}) n'est marqué ni SubmissionSet ni Folder.",
        "Classez-le par le nœud de l'un ou de l'autre.",
    ),
    "ambiguous-package": French(
        "Le RegistryPackage {id} (titre {title}) est marqué à la fois SubmissionSet et Folder.",
        "Classez-le par un seul des deux nœuds.",
    ),
    "stray-classification": French(
        "Une Classification placée à côté des objets classe {value} par {scheme}.",
        "À côté des objets ne peut se trouver que la marque d'un SubmissionSet ou d'un Folder du"
        " message ; placez toute autre Classification dans son objet.",
    ),
    "wrong-parent": French(
        "{object} contient {content} dont {attribute} vaut {value}.",
        "Donnez à {attribute} l'identifiant de l'objet qui le contient.",
    ),
    "unknown-classification": French(
        "{object} est classé par {value}, qui n'est ni un schéma ni un nœud de son genre.",
        "Employez les schémas de classification de XDS ; les métadonnées supplémentaires vont dans"
        " des slots.",
    ),
    "unknown-identification-scheme": French(
        "{object} a un ExternalIdentifier du schéma {value}, qui n'est pas de son genre.",
        "Employez les schémas d'identification de XDS ; d'autres identifiants vont dans"
        " referenceIdList.",
    ),
    "slot-repeated": French(
        "{object} a plusieurs fois le slot {attribute}.",
        "Mettez toutes les valeurs dans un seul slot.",
    ),
    "attribute-repeated": French(
        "{object} a {number} fois {attribute}.", "Envoyez-le une fois au plus."
    ),
    "slot-value-number": French(
        "Le slot {attribute} de {object} a {number} valeurs.", "Envoyez exactement une valeur."
    ),
    "code-without-scheme": French(
        "Le code {value} de {attribute} dans {object} a {number} valeurs dans son slot"
        " codingScheme.",
        "Donnez à chaque code un slot codingScheme d'exactement une valeur.",
    ),
    "code-without-value": French(
        "Une Classification pour {attribute} de {object} n'a pas de nodeRepresentation.",
        "Donnez le code dans nodeRepresentation.",
    ),
}

_RULES: Final = {
    "submission-set-number": French(
        "La soumission contient {number} SubmissionSet ({ids}).",
        "Envoyez exactement un SubmissionSet par soumission.",
    ),
    "submission-empty": French(
        "{object} ne contient rien.",
        "Soumettez au moins un DocumentEntry, un Folder ou l'appartenance d'un document à un"
        " Folder.",
    ),
    "id-repeated": French(
        "L'identifiant {value} sert à {number} objets de la soumission.",
        "Donnez à chaque objet un identifiant à lui.",
    ),
    "attribute-missing": French(
        "{object} n'a pas {attribute}, qu'un registre exige.", "Ajoutez-le."
    ),
    "attribute-forbidden": French(
        "{object} a {attribute}, qu'une soumission à un registre ne peut pas porter.",
        "Retirez-le.",
    ),
    "value-malformed": French(
        "{attribute} de {object} : la valeur {value} {problem}.", "Corrigez la valeur."
    ),
    "value-repeated": French(
        "{attribute} de {object} a {number} valeurs pour {value}.", "Envoyez-en une au plus."
    ),
    "value-not-in-domain": French(
        "{attribute} de {object} : la valeur {value} {problem} (domaine {domain}).",
        "Valeurs permises les plus proches : {allowed}.",
    ),
    "patient-authority-unknown": French(
        "{attribute} de {object} : l'autorité d'affectation {value} {problem} (domaine {domain}).",
        "Employez l'identifiant du patient dans ce domaine ; autorités : {allowed}.",
    ),
    "domain-attribute-missing": French(
        "{object} n'a pas {attribute}, que ce domaine exige.", "Ajoutez-le."
    ),
    "domain-attribute-number": French(
        "{object} a {number} fois {attribute} ; ce domaine en exige exactement un.",
        "Envoyez-en exactement un.",
    ),
    "code-without-display": French(
        "Le code {value} de {attribute} dans {object} n'a pas de libellé.",
        "Donnez le libellé dans Name.",
    ),
    "author-empty": French(
        "Un auteur de {object} n'a ni personne, ni institution, ni télécommunication.",
        "Donnez au moins un de authorPerson, authorInstitution et authorTelecommunication.",
    ),
    "extra-slot-name": French(
        "{object} a un slot {attribute} qui n'est ni un de ses attributs ni une métadonnée"
        " supplémentaire.",
        "Nommez les slots supplémentaires par un URN qui ne commence pas par urn:ihe:.",
    ),
    "only-stable-entries": French(
        "{object} est un document à la demande.",
        "Enregistrez-le par la transaction des documents à la demande (ITI-61).",
    ),
    "service-times-reversed": French(
        "{object} a un serviceStartTime {start} postérieur à son serviceStopTime {stop}.",
        "Donnez un début qui ne suit pas la fin.",
    ),
    "logical-id-differs": French(
        "{object} a le logicalID {value}, qui n'est pas son entryUUID.",
        "N'envoyez pas le lid d'une première version ; modifiez les documents existants par"
        " ITI-57.",
    ),
    "member-missing": French(
        "{object} n'est pas relié au SubmissionSet.",
        "Envoyez une Association HasMember du SubmissionSet vers lui.",
    ),
    "member-repeated": French(
        "{object} est relié au SubmissionSet par {number} Associations HasMember.",
        "Envoyez-en exactement une.",
    ),
    "association-type-unknown": French(
        "{object} a l'associationType {value}.",
        "Employez HasMember, RPLC, XFRM, APND, XFRM_RPLC, signs ou IsSnapshotOf, en URN complets.",
    ),
    "association-ends": French("{object}, de type {type}, va de {source} à {target}.", "{rule}"),
    "transformation-appended-to": French(
        "{object} annexe un document à {value}, qui est une transformation.",
        "Annexez-le au document d'origine de la transformation.",
    ),
    "submission-set-status": French(
        "{object} a le SubmissionSetStatus {value} ; pour le document {target} c'est {expected}.",
        "Dites Original pour un document de cette soumission, Reference pour un document du"
        " registre.",
    ),
}

_REGISTERED: Final = {
    "unresolved-reference": French(
        "{object} désigne comme {attribute} {value}, {problem}.",
        "Désignez un objet de la soumission par son id, un objet du registre par son entryUUID.",
    ),
    "deprecated-target": French(
        "{object} désigne {value}, qui est déprécié.", "Désignez la version qui l'a remplacé."
    ),
    "deprecated-folder": French(
        "{object} désigne le Folder {value}, qui est déprécié.",
        "Mettez le document dans un Folder approuvé.",
    ),
    "patient-id-mismatch": French(
        "{object} a le patientId {value}, mais {other} a {expected}.",
        "Ne soumettez et ne reliez que des objets d'un même patient.",
    ),
    "unknown-patient-id": French(
        "{object} a le patientId {value}, que le registre ne connaît pas.",
        "Annoncez d'abord le patient, et employez l'identifiant conservé après une fusion.",
    ),
    "subsumed-patient-id": French(
        "{object} a le patientId {value}, qui a été fusionné avec un autre.",
        "Employez l'identifiant conservé après la fusion.",
    ),
    "duplicate-id-in-message": French(
        "L'uniqueId {value} sert plusieurs fois dans la soumission : {object}, {other}.",
        "Donnez à chaque objet un uniqueId à lui.",
    ),
    "repository-duplicate-id-in-message": French(
        "L'uniqueId {value} sert plusieurs fois dans la soumission : {object}, {other}.",
        "Donnez à chaque objet un uniqueId à lui.",
    ),
    "duplicate-unique-id": French(
        "{object} a l'uniqueId {value}, que le registre connaît déjà.",
        "Donnez un nouvel uniqueId à chaque nouveau SubmissionSet et Folder.",
    ),
    "duplicate-submission": French(
        "{object} a l'uniqueId {value}, qu'une soumission a pris le {time}.",
        "Si c'était celle-ci, elle est faite et ne demande plus rien ; sinon, donnez au"
        " SubmissionSet un nouvel uniqueId.",
    ),
    "unique-id-of-another-kind": French(
        "{object} a l'uniqueId {value}, qui est celui d'un SubmissionSet ou d'un Folder.",
        "Donnez à chaque nouveau document un uniqueId que rien d'autre ne porte.",
    ),
    "duplicate-entry-uuid": French(
        "{object} a un entryUUID que le registre connaît déjà.",
        "Employez un nouvel UUID, ou un identifiant symbolique que le registre remplace.",
    ),
    "non-identical-hash": French(
        "{object} a l'uniqueId {value}, qui est enregistré avec un autre hash que {hash}.",
        "Donnez un autre uniqueId à un document d'autre contenu.",
    ),
    "non-identical-size": French(
        "{object} a l'uniqueId {value}, qui est enregistré avec une autre taille que {size}.",
        "Donnez un autre uniqueId à un document d'autre contenu.",
    ),
}

_DOCUMENTS: Final = {
    "missing-document": French(
        "{object} vient sans document.",
        "Envoyez un Document dont l'id est celui du DocumentEntry.",
    ),
    "missing-document-metadata": French(
        "Le document {value} vient sans DocumentEntry.",
        "Envoyez un ExtrinsicObject de même id.",
    ),
    "document-repeated": French(
        "La soumission contient {number} documents d'id {value}.",
        "Envoyez un Document pour chaque DocumentEntry.",
    ),
    "document-not-base64": French(
        "Le document {value} n'est pas en base64 : {problem}.",
        "Envoyez du texte base64, ou exactement un xop:Include qui désigne une partie.",
    ),
    "document-too-large-inline": French(
        "Le document {value} est envoyé en base64 dans l'enveloppe et dépasse {limit} octets.",
        "Envoyez-le comme une partie à part (MTOM/XOP).",
    ),
    "document-reference": French(
        "Le document {value} désigne {href}.",
        "Désignez une partie du message par cid: et son Content-ID.",
    ),
    "document-part-shared": French(
        "Les documents {value} et {other} désignent la même partie, cid:{part}.",
        "Envoyez chaque document comme une partie à part.",
    ),
    "hash-differs": French(
        "{object} a le hash {value}, mais le SHA-1 du document est {computed}.",
        "Envoyez le hash des octets exacts, ou n'en envoyez pas : l'entrepôt le calcule.",
    ),
    "size-differs": French(
        "{object} a la taille {value}, mais le document a {computed} octets.",
        "Envoyez la taille exacte, ou n'en envoyez pas : l'entrepôt la calcule.",
    ),
    "media-differs": French(
        "Le document {document} n'est pas {value}, le mimeType de {object} : {problem}.",
        "Indiquez le type des octets, ou envoyez le document voulu.",
    ),
    "signature-not-valid": French(
        "Le document {document} de {object} est signé par {signer}, et sa signature est"
        " {verdict} : {problem}.",
        "Envoyez le document tel qu'il a été signé, par un signataire auquel cet entrepôt fait"
        " confiance.",
    ),
    "signature-missing": French(
        "Le document {document} de {object} n'a pas de signature, et {value} doit en avoir une"
        " ici.",
        "Signez le document.",
    ),
    "signature-not-judged": French(
        "Le document {document} de {object} est peut-être signé, et a {size} octets : ici, les"
        " signatures de documents de plus de {limit} octets ne sont pas vérifiées.",
        "Envoyez un document plus petit, ou sa signature détachée (IHE DSG).",
    ),
    "unknown-repository-id": French(
        "L'entrepôt {value} du document {document} n'est pas celui-ci.",
        "Demandez à l'entrepôt que le DocumentEntry nomme dans repositoryUniqueId.",
    ),
    "document-unavailable": French(
        "Le document {value} n'est pas disponible dans cet entrepôt.",
        "Vérifiez l'uniqueId du DocumentEntry, et que vous avez le droit de le lire.",
    ),
    "retrieve-not-permitted-now": French(
        "Le registre ne dit pas en ce moment quels documents le demandeur peut voir.",
        "Réessayez plus tard ; rien n'est remis sans cela.",
    ),
    "document-lost": French(
        "Le document {value} est connu ici, mais ses octets ne peuvent pas être lus pour le moment"
        " (trace {trace}).",
        _OPERATOR,
    ),
}

_QUERIES: Final = {
    "unknown-stored-query": French(
        "L'interrogation {value} n'est pas connue ici.",
        "Employez l'identifiant d'une des interrogations enregistrées d'ITI-18, ou d'ITI-51 par son"
        " action propre.",
    ),
    "query-of-another-transaction": French(
        "L'interrogation {query} ({value}) n'est pas de {transaction}.",
        "Envoyez-la par {other}.",
    ),
    "query-return-type": French(
        "L'interrogation demande le type de réponse {value}.",
        "Demandez LeafClass ou ObjectRef.",
    ),
    "stored-query-missing-param": French(
        "{query} a besoin de {parameter}, {problem}.",
        "Donnez-lui une valeur que l'interrogation comprend.",
    ),
    "stored-query-param-number": French("{query} : {parameter} {problem}.", "{rule}"),
    "stored-query-syntax": French(
        "{query} : la valeur {value} de {parameter} {problem}.", "Écrivez {form}."
    ),
    "undefined-parameter": French(
        "{query} ne définit pas le paramètre {parameter}, qui a été ignoré.",
        "Retirez-le, ou corrigez son nom.",
    ),
    "result-not-single-patient": French(
        "{query} rendrait des objets de plusieurs patients.",
        "Demandez ObjectRef, ou les identifiants d'un seul patient.",
    ),
    "documents-refused": French(
        "Un patient que l'interrogation nomme refuse la communication de documents.",
        "Adressez-vous au patient ; ce qui est refusé, tout ou partie, ne figure dans aucune"
        " réponse.",
    ),
    "too-many-results": French(
        "{query} trouve plus de {limit} objets.",
        "Précisez l'interrogation, ou demandez ObjectRef puis les objets par portions avec"
        " GetDocuments.",
    ),
}

_SERVICES: Final = {
    "registry-not-available": French(
        "Le registre n'a pas répondu, l'issue est donc inconnue (trace {trace}).",
        "Renvoyez le même message tel quel ; il ne sera pas enregistré deux fois.",
    ),
    "registry-unreachable": French(
        "Le registre ne peut pas être joint, rien n'a donc été conservé (trace {trace}).",
        "Renvoyez le message plus tard.",
    ),
    "registry-fault": French(
        "Le registre n'a pas compris le message de l'entrepôt (trace {trace}).", _OPERATOR
    ),
    "registered-but-not-noted": French(
        "Le registre a la soumission, mais l'entrepôt n'a pas pu le noter (trace {trace}).",
        "Renvoyez le même message tel quel ; il ne sera pas enregistré deux fois.",
    ),
    "registry-error": French(
        "Le registre a échoué pour une raison qui lui est propre (trace {trace}).", _OPERATOR
    ),
    "repository-error": French(
        "L'entrepôt a échoué pour une raison qui lui est propre (trace {trace}).", _OPERATOR
    ),
    "repository-busy": French(
        "L'entrepôt a trop à faire pour le moment (trace {trace}).",
        "Renvoyez le même message plus tard, tel quel.",
    ),
    "registry-busy": French(
        "Le registre a trop à faire pour le moment.", "Renvoyez la requête plus tard."
    ),
    "registry-out-of-resources": French(
        "Le registre manque de place (trace {trace}).",
        "Prévenez son exploitant, et renvoyez la requête plus tard.",
    ),
    "repository-out-of-resources": French(
        "L'entrepôt manque de place (trace {trace}).",
        "Prévenez son exploitant, et renvoyez la requête plus tard.",
    ),
    "withdraw-unknown": French(
        "Il n'y a pas de DocumentEntry {value} dans le registre.",
        "Donnez l'entryUUID (urn:uuid:...) d'un DocumentEntry.",
    ),
    "consent-patient": French(
        "{value} n'est pas un patient de ce registre.",
        "Alimentez d'abord le patient, ou ajoutez-le par `entente patients add`.",
    ),
    "consent-item": French(
        "{value} n'est ni un DocumentEntry de ce patient ni un SubmissionSet avec documents.",
        "Donnez l'entryUUID de l'un d'eux.",
    ),
    "consent-none": French(
        "{value} n'a rien exprimé de cette sorte ({kind}) qui puisse être retiré.",
        "Consultez `entente consent list`.",
    ),
    "withdraw-state": French(
        "Le DocumentEntry {value} {problem}.",
        "Consultez son état par `entente documents list`.",
    ),
}

_FEEDS: Final = {
    "feed-unreadable": French(
        "Le message ne peut pas être lu : {problem}.",
        "Envoyez un message HL7 qui commence par MSH et déclare ses séparateurs.",
    ),
    "feed-too-long": French(
        "Le message dépasse {limit} octets.",
        "Envoyez l'identité du patient sans pièces jointes, ou augmentez limits.mllp_message.",
    ),
    "feed-segment-number": French(
        "Le message a {number} segments {segment}.",
        "Envoyez-en exactement un : un patient, ou une paire à fusionner, par message.",
    ),
    "feed-segment-length": French(
        "Le segment {segment} dépasse {limit} caractères.",
        "Envoyez des champs moins nombreux ou plus courts.",
    ),
    "feed-field-missing": French("{field} est vide.", "Donnez-lui une valeur."),
    "feed-message-type": French(
        "Le type de message {value} (MSH-9.1) n'est pas compris ici.", "Envoyez ADT."
    ),
    "feed-event": French(
        "L'événement {value} (MSH-9.2) n'est pas compris ici.", "Envoyez un de {known}."
    ),
    "feed-processing-id": French(
        "Le mode de traitement {value} (MSH-11) n'est pas de HL7.", "Envoyez P, T ou D."
    ),
    "feed-version": French(
        "La version {value} (MSH-12) n'est pas comprise ici.",
        "Envoyez 2.3.1, ou une de {known}.",
    ),
    "feed-character-set": French(
        "Le jeu de caractères {value} (MSH-18) n'est pas compris ici.",
        "Envoyez un de {known}.",
    ),
    "feed-characters": French(
        "À partir de {octet}, les octets ne sont pas des caractères du jeu annoncé en MSH-18"
        " ({value}).",
        "Déclarez le jeu de caractères que le message emploie.",
    ),
    "feed-other-domain": French(
        "{field} n'a pas d'identifiant des autorités de ce domaine, mais {value}.",
        "Envoyez un identifiant d'une des autorités {authorities}.",
    ),
    "feed-no-domain": French(
        "Ce registre ne sait pas de quelles autorités sont les identifiants de ses patients.",
        "Demandez à son exploitant de régler domain.patient_assigning_authorities.",
    ),
    "feed-id-malformed": French(
        "{field} : l'identifiant {value} {problem}.", "Corrigez la valeur."
    ),
    "merge-authorities": French(
        "{value} a {number} équivalents de son autorité parmi les identifiants conservés.",
        "Pour chaque identifiant fusionné, envoyez exactement un identifiant conservé de la même"
        " autorité.",
    ),
    "merge-of-one": French(
        "{value} serait fusionné avec lui-même.", "Envoyez deux identifiants différents."
    ),
    "merge-unknown": French(
        "L'identifiant {role} {value} n'est pas connu ici.",
        "Annoncez les deux patients avant de les fusionner.",
    ),
    "merge-subsumed": French(
        "L'identifiant {role} {value} a déjà été fusionné avec un autre.",
        "Fusionnez des identifiants actifs ; une fusion ne se défait pas.",
    ),
    "feed-busy": French(
        "Le registre ne peut pas travailler pour le moment.",
        "Renvoyez le message plus tard, tel quel.",
    ),
    "feed-error": French(
        "Le registre a échoué pour une raison qui lui est propre (trace {trace}).",
        "Communiquez l'identifiant de trace à son exploitant, et renvoyez le message tel quel.",
    ),
}

FRENCH: Final[dict[str, French]] = {
    **_READING,
    **_RULES,
    **_REGISTERED,
    **_DOCUMENTS,
    **_QUERIES,
    **_SERVICES,
    **_FEEDS,
}
"""Every entry of the catalogue in French, by its key."""
