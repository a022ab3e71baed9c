"""A nurse's note of a telephone call (Québec, in French, plain text)."""

from __future__ import annotations

NOTE = """\
NOTE D'APPEL DE SUIVI
Hôpital de l'Exemple, service de médecine générale
(Document d'exemple : usager, professionnels et établissement inventés.)

Usager      : Tristan TESTUT-LAFICTION
Naissance   : 1955-03-14
Dossier     : D-204518
Date        : 2024-02-20, 10 h 05 à 10 h 20
Infirmière  : Josée BROUILLON

Motif
  Appel prévu au congé du 16 février 2024 (pneumonie du lobe inférieur droit).

Évaluation
  - Se sent mieux. Plus de fièvre depuis le congé. Toux en diminution.
  - Essoufflé à la marche rapide seulement, comme avant la pneumonie.
  - Antibiotique terminé le 17 février, sans diarrhée ni éruption.
  - Utilise bien son inhalateur : technique décrite correctement.
  - Ne fume pas.

Interventions
  - Signes qui doivent faire consulter revus avec l'usager, qui les répète.
  - Rendez-vous avec son médecin de famille confirmé le 28 février à 14 h.
  - TDM de contrôle du nodule : requête acheminée, l'usager en est informé.

Plan
  Aucun autre appel prévu. L'usager sait joindre Info-Santé (811) au besoin.
"""


def note() -> bytes:
    """The note in UTF-8."""
    return NOTE.encode()
