"""The French of the reasons, by their English (see `ihe_profiles.xds.phrases`)."""

from __future__ import annotations

from typing import Final

FRENCH: Final[dict[str, str]] = {
    "the document is not well-formed XML: {problem}": (
        "le document n'est pas du XML bien formé : {problem}"
    ),
    "the document is XML and PDF at once: its signature is of one of them only": (
        "le document est à la fois du XML et un PDF : sa signature n'est que de l'un des deux"
    ),
    "the document has more than {limit} elements and attributes": (
        "le document a plus de {limit} éléments et attributs"
    ),
    "the name of a namespace is longer than {limit} characters": (
        "le nom d'un espace de noms a plus de {limit} caractères"
    ),
    "the XML has no canonical form: the name of a namespace is a relative reference": (
        "le XML n'a pas de forme canonique : le nom d'un espace de noms est une référence relative"
    ),
    "there are more than {limit} signatures in the document": (
        "il y a plus de {limit} signatures dans le document"
    ),
    "the document declares a document type": ("le document déclare un type de document"),
    "the signature does not follow its schema: {problem}": (
        "la signature ne suit pas son schéma : {problem}"
    ),
    "there is a comment or an instruction inside the signature": (
        "il y a un commentaire ou une instruction dans la signature"
    ),
    "the signature is in {place}; it may be the root, a child of it, or in signatureText": (
        "la signature est dans {place} ; elle peut être la racine, un enfant de celle-ci, ou"
        " dans signatureText"
    ),
    "the signature contains another signature": ("la signature contient une autre signature"),
    "the digest algorithm {algorithm} is too weak": (
        "l'algorithme d'empreinte {algorithm} est trop faible"
    ),
    "the signature algorithm {algorithm} is too weak": (
        "l'algorithme de signature {algorithm} est trop faible"
    ),
    "{algorithm} uses a secret shared with the verifier, so it names no signer": (
        "{algorithm} emploie un secret partagé avec le vérificateur, et ne désigne donc aucun"
        " signataire"
    ),
    "the digest algorithm {algorithm} is not known": (
        "l'algorithme d'empreinte {algorithm} n'est pas connu"
    ),
    "the signature algorithm {algorithm} is not known": (
        "l'algorithme de signature {algorithm} n'est pas connu"
    ),
    "the canonicalization {algorithm} is not known": (
        "la canonicalisation {algorithm} n'est pas connue"
    ),
    "the key of the signer has {bits} bits; at least {least}": (
        "la clé du signataire a {bits} bits ; il en faut au moins {least}"
    ),
    "a certificate is too weak: {problem}": ("un certificat est trop faible : {problem}"),
    "reference {uri} is transformed by XSLT": ("la référence {uri} est transformée par XSLT"),
    "reference {uri} is filtered by XPath": ("la référence {uri} est filtrée par XPath"),
    "reference {uri} has the transform {algorithm}": (
        "la référence {uri} a la transformation {algorithm}"
    ),
    "reference {uri} has transforms that do not go together: {algorithms}": (
        "la référence {uri} a des transformations qui ne vont pas ensemble : {algorithms}"
    ),
    "reference {uri} contains the signature and does not leave it out": (
        "la référence {uri} contient la signature et ne l'exclut pas"
    ),
    "a reference has no URI": ("une référence n'a pas d'URI"),
    "reference {uri} is an XPointer": ("la référence {uri} est un XPointer"),
    "reference {uri} is outside of the document and no document of the submission": (
        "la référence {uri} est hors du document et n'est pas un document de la soumission"
    ),
    "{count} elements have the Id {id}": ("{count} éléments ont l'Id {id}"),
    "no element has the Id {id}": ("aucun élément n'a l'Id {id}"),
    "reference {uri} points to {place}: neither the document nor a part of the signature": (
        "la référence {uri} mène à {place} : ni le document, ni une partie de la signature"
    ),
    "there are more than {limit} references": ("il y a plus de {limit} références"),
    "{uri} is referenced more than once": ("{uri} est référencé plus d'une fois"),
    "the signature does not cover {part}": ("la signature ne couvre pas {part}"),
    "what reference {uri} signs was changed": ("ce que signe la référence {uri} a été modifié"),
    "the key must be fetched from elsewhere": ("il faudrait aller chercher la clé ailleurs"),
    "the certificate of the signer is not there": ("le certificat du signataire manque"),
    "a certificate cannot be read: {problem}": ("un certificat ne peut pas être lu : {problem}"),
    "the signature was not made by this certificate over this content": (
        "la signature n'a pas été faite par ce certificat sur ce contenu"
    ),
    "the key given beside the certificate is another one": (
        "la clé donnée à côté du certificat en est une autre"
    ),
    "there are several QualifyingProperties or SignedProperties": (
        "il y a plusieurs QualifyingProperties ou SignedProperties"
    ),
    "the properties cannot be read: {problem}": (
        "les propriétés ne peuvent pas être lues : {problem}"
    ),
    "the properties are of another signature: {target}": (
        "les propriétés sont celles d'une autre signature : {target}"
    ),
    "the SignedProperties are not signed": ("les SignedProperties ne sont pas signées"),
    "the properties do not say which certificate signed": (
        "les propriétés ne disent pas quel certificat a signé"
    ),
    "the properties name another certificate than the signer's": (
        "les propriétés désignent un autre certificat que celui du signataire"
    ),
    "the SigningTime {value} is no time": ("le SigningTime {value} n'est pas une heure"),
    "the signer states {claimed}, after {at}": ("le signataire indique {claimed}, après {at}"),
    "the timestamp cannot be read: {problem}": ("l'horodatage ne peut pas être lu : {problem}"),
    "the timestamp's own signature is wrong": ("la signature de l'horodatage lui-même est fausse"),
    "the timestamp is of another signature": ("l'horodatage est celui d'une autre signature"),
    "the timestamp {proven} is before the stated time {claimed}": (
        "l'horodatage {proven} précède l'heure indiquée {claimed}"
    ),
    "the timestamp {proven} is after {at}": ("l'horodatage {proven} est postérieur à {at}"),
    "the timestamp is not trusted: {problem}": ("l'horodatage n'est pas de confiance : {problem}"),
    "no chain leads to a trusted certificate": (
        "aucune chaîne ne mène à un certificat de confiance"
    ),
    "the chain of certificates is wrong: {problem}": (
        "la chaîne de certificats est fausse : {problem}"
    ),
    "a certificate had expired: {problem}": ("un certificat avait expiré : {problem}"),
    "a certificate expired after the stated time, which no timestamp proves: {problem}": (
        "un certificat a expiré après l'heure indiquée, qu'aucun horodatage ne prouve : {problem}"
    ),
    "a certificate was not valid yet: {problem}": (
        "un certificat n'était pas encore valide : {problem}"
    ),
    "the certificate is not for signing documents: it allows {usages}": (
        "le certificat n'est pas fait pour signer des documents : il permet {usages}"
    ),
    "the signer's certificate is that of an authority": (
        "le certificat du signataire est celui d'une autorité"
    ),
    "a certificate was revoked on {date}": ("un certificat a été révoqué le {date}"),
    "a certificate was revoked on {date}, after the stated time, which no timestamp proves": (
        "un certificat a été révoqué le {date}, après l'heure indiquée, qu'aucun horodatage ne"
        " prouve"
    ),
    "nothing says that {subject} was not revoked": (
        "rien ne dit que {subject} n'a pas été révoqué"
    ),
    "the PDF cannot be read: {problem}": ("le PDF ne peut pas être lu : {problem}"),
    "the PDF is encrypted": ("le PDF est chiffré"),
    "the signature is of the kind {kind}": ("la signature est du genre {kind}"),
    "the signature does not follow CMS: {problem}": ("la signature ne suit pas CMS : {problem}"),
    "the signature leaves out bytes of its revision of the document": (
        "la signature omet des octets de sa révision du document"
    ),
    "the signed bytes were changed": ("les octets signés ont été modifiés"),
    "the document was changed after signing: {problem}": (
        "le document a été modifié après la signature : {problem}"
    ),
    "a change after signing ({change}) goes beyond what the signer allows": (
        "une modification après la signature ({change}) dépasse ce que le signataire permet"
    ),
    "the PDF does not take another signature: {problem}": (
        "le PDF n'accepte pas d'autre signature : {problem}"
    ),
    "the signature lists no document": ("la signature ne liste aucun document"),
    "the document {id} is not at hand": ("le document {id} n'est pas disponible"),
    "the document {id} is not the signed one": ("le document {id} n'est pas celui qui a été signé"),
    "the document {id} is signed as XML and is none: {problem}": (
        "le document {id} est signé comme XML et n'en est pas : {problem}"
    ),
    "the document {id} is signed in canonical form and has more than {limit} octets": (
        "le document {id} est signé sous forme canonique et a plus de {limit} octets"
    ),
    "the signature does not list the document {id}, which its signs association names": (
        "la signature ne liste pas le document {id}, que son association signs désigne"
    ),
    "the document {id} is listed more than once": ("le document {id} est listé plus d'une fois"),
    "{id} has the digest 0, which only the SubmissionSet may have": (
        "{id} a l'empreinte 0, que seul le SubmissionSet peut avoir"
    ),
    "the signature is of the SubmissionSet {id}, not of {expected}": (
        "la signature est celle du SubmissionSet {id}, et non de {expected}"
    ),
    "the list is not the content of the SubmissionSet: {difference}": (
        "la liste n'est pas le contenu du SubmissionSet : {difference}"
    ),
}
"""French templates, by English template."""
