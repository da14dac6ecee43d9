"""manage.py train_classifier: a grader that says which Kellgren–Lawrence grade a radiograph shows."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from generator.bank_data import FEWEST, real_radiographs
from generator.bank_features import CACHE, RealImages
from generator.classifier_training import GraderSettings
from generator.graders import train_fine_tuned, train_frozen
from generator.options import add_limits, checked_limits
from readerstudy.audit.recording import record
from readerstudy.commands import PlainCommand
from readerstudy.radiographs.models import Preset


class Command(PlainCommand):
    help = "Train a grader on the bank's real radiographs of one preset and split; leaves it, with a card, in --out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, required=True, help="folder of the grader")
        parser.add_argument("--preset", choices=Preset.values, default=Preset.PUBLISHED.value)
        parser.add_argument("--split", default="train", help="the split to learn from")
        parser.add_argument("--validation-split", default="val", help="the split to be judged on")
        parser.add_argument("--dataset", help="only this data set")
        parser.add_argument(
            "--fine-tune",
            action="store_true",
            help="learn all layers (for a GPU); without it only the last one, on features that are looked at once",
        )
        parser.add_argument("--batch", type=int, default=GraderSettings.batch)
        parser.add_argument("--learning-rate", type=float, default=GraderSettings.learning_rate)
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--cache", type=Path, default=CACHE, help="folder where features are kept")
        add_limits(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            limits = checked_limits(options, needed=options["fine_tune"])
            if options["batch"] < 2 or not options["learning_rate"] > 0:
                raise ValueError("--batch is 2 or more, --learning-rate more than 0.")
            learnt, held = (self._read(options, option) for option in ("split", "validation_split"))
            shared = set(learnt.subjects) & set(held.subjects)
            if shared:
                raise ValueError(f"{len(shared)} subjects lie in both splits; the grader must be judged on others.")
            if options["fine_tune"]:
                settings = GraderSettings(
                    batch=options["batch"], learning_rate=options["learning_rate"], seed=options["seed"]
                )
                card = train_fine_tuned(learnt, held, settings=settings, **limits)
            else:
                card = train_frozen(learnt, held, cache=options["cache"], seed=options["seed"], **limits)
        except ValueError as error:
            raise CommandError(str(error)) from error
        record(
            actor="manage.py train_classifier", verb="train classifier", grader=card.digest, data_count=card.data_count
        )
        found = card.validation
        kappa = "not estimable" if found["kappa"] is None else f"{found['kappa']:.3f}"
        self.stdout.write(
            f"{options['out']}: a {card.kind} grader of {card.data_count} radiographs ({card.data}). On {found['n']} "
            f"of {found['data']}: accuracy {found['accuracy']:.3f}, within one grade {found['within_one']:.3f}, "
            f"quadratic κ {kappa}."
        )

    def _read(self, options: dict[str, Any], option: str) -> RealImages:
        rows = real_radiographs(preset=options["preset"], splits=[options[option]], dataset=options["dataset"])
        if len(rows) < FEWEST:
            raise ValueError(
                f"The bank holds {len(rows)} real radiographs of the split “{options[option]}” in the preset "
                f"“{options['preset']}”; {FEWEST} are the least. Name another by --{option.replace('_', '-')}."
            )
        return RealImages(rows)
