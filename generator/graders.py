"""Training a grader on the bank and judging it on radiographs it did not learn from."""

from pathlib import Path
from typing import Any

from generator.bank_data import training_data
from generator.bank_features import RealImages
from generator.classifier import FINE_TUNED, FROZEN, GraderCard, grades_by, head_of, save_grader
from generator.classifier_training import GraderSettings, fine_tune
from generator.features import Backbone, backbone_extractor, efficientnet, pretrained_backbone
from generator.judging import judge
from generator.logistic import fit_logistic
from generator.networks import GRADES
from generator.training_data import digest_of_data


def train_frozen(
    learnt: RealImages,
    held: RealImages,
    *,
    out: Path,
    cache: Path,
    seed: int,
    device: str = "cpu",
    max_seconds: float | None = None,
    max_images: int | None = None,
    resume: bool = False,
) -> GraderCard:
    """Learn the last layer alone, on cached features; the same radiographs give the same grader.

    There is no state: looking at the radiographs is what takes time, and goes on from the cache. Raises ValueError when
    max_seconds are over before that is done, or where max_images is given, which has no meaning here.
    """
    if max_images is not None:
        raise ValueError("--max-images is for --fine-tune; leave images out by --split or --dataset.")
    extractor = efficientnet(device=device)
    features = learnt.features(extractor, cache=cache, max_seconds=max_seconds)
    seen = held.features(extractor, cache=cache, max_seconds=max_seconds)
    tensors = head_of(fit_logistic(features, learnt.grades, classes=GRADES))
    judged = grades_by(tensors["head.weight"].numpy(), tensors["head.bias"].numpy(), seen)
    return save_grader(
        out,
        tensors,
        kind=FROZEN,
        backbone=extractor.key,
        validation=judge(held.grades, judged),
        validated_on=", ".join(held.origins),
        images_seen=len(learnt.rows),
        seed=seed,
        **facts_about(learnt),
    )


def train_fine_tuned(
    learnt: RealImages,
    held: RealImages,
    *,
    settings: GraderSettings,
    out: Path,
    device: str = "cpu",
    backbone: Backbone | None = None,
    **limits: Any,
) -> GraderCard:
    """Learn all layers from the ImageNet weights (or those of `backbone`) on; limits as for classifier_training."""
    training = fine_tune(
        training_data(learnt.rows),
        backbone=backbone or pretrained_backbone(),
        settings=settings,
        out=out,
        device=device,
        **limits,
    )
    network = training.network
    network.half().float()  # as it will be read back
    extractor = backbone_extractor(network.backbone, name=out.name, device=device)
    head = network.head.cpu()
    seen = held.features(extractor, cache=None)
    judged = grades_by(head.weight.detach().numpy(), head.bias.detach().numpy(), seen)
    return save_grader(
        out,
        network.state_dict(),
        kind=FINE_TUNED,
        backbone=extractor.key,
        validation=judge(held.grades, judged),
        validated_on=", ".join(held.origins),
        images_seen=training.images_seen,
        seed=settings.seed,
        **facts_about(learnt),
    )


def facts_about(learnt: RealImages) -> dict[str, Any]:
    """What a card says of the radiographs that were learnt from."""
    first = learnt.rows[0]
    return {
        "preset": first.preset,
        "data": ", ".join(learnt.origins),
        "data_licence": ", ".join(sorted({row.provenance.licence for row in learnt.rows} - {""})),
        "data_digest": digest_of_data([row.digest for row in learnt.rows], learnt.grades),
        "data_count": len(learnt.rows),
        "is_phantom": first.provenance.is_phantom,
    }
