"""The methods section of the report: every estimator by name, with its source, as a paper would say it."""

from typing import Any

from readerstudy.analysis import roc
from readerstudy.analysis.plan import ACCURACY, ERROR, KAPPA, SHARES
from readerstudy.analysis.summary import SAMPLES, Analysis
from readerstudy.results.wording import counted, plain

NAMES = {
    ACCURACY: "pooled accuracy",
    KAPPA: "difference of κ",
    ERROR: "difference of the mean error",
    SHARES: "differences of the shares of the grades",
}


def methods_paragraphs(analysis: Analysis, protocol: dict[str, Any] | None) -> list[tuple[str, str]]:
    """Heading and text of each paragraph, of what this study has; protocol: the frozen one, where it is known."""
    paragraphs = [("Images", images_paragraph(protocol))] if protocol is not None else []
    paragraphs += [("Plan", _plan(analysis)), ("Readings", READINGS), ("Missing readings", _missing(analysis))]
    if analysis.detection is not None:
        paragraphs += [
            ("Real or synthetic", DETECTION),
            ("Other readers and other images", ROCKETTE),
            ("Further questions", EXPLORATION),
        ]
    paragraphs.append(("Equivalence", EQUIVALENCE))
    if analysis.grading is not None:
        paragraphs += [("Real against synthetic grading", SOURCES), ("Agreement", AGREEMENT)]
    return [*paragraphs, ("Many tests", TESTS), ("Random numbers", RANDOM)]


def images_paragraph(protocol: dict[str, Any]) -> str:
    """How the images came into the study; an earlier protocol does not say what was left out."""
    drawn = (
        "The images were drawn from a bank at random, by the seed in the protocol, as many of each source and grade as "
        "were asked for; images flagged as blurred or nearly empty, and a second one of the same knee or patient, only "
        "where there were not enough others."
    )
    if "left_out" not in protocol:
        return drawn
    real, synthetic = (protocol["left_out"].get(source, 0) for source in ("real", "synthetic"))
    if not real + synthetic:
        return f"{drawn} None that could have been drawn had been left out by hand."
    return (
        f"{drawn} Before, staff had left out by hand {counted(real, 'real image')} and "
        f"{counted(synthetic, 'synthetic image')} that could else have been drawn; the reasons are in the site’s bank."
    )


def _plan(analysis: Analysis) -> str:
    margins = analysis.plan.margins
    balanced = analysis.detection is not None and not analysis.detection.as_many
    stated = (
        f"Pooled {'balanced ' if balanced else ''}accuracy counts as equivalent to guessing within "
        f"±{plain(100 * margins[ACCURACY])} percentage points; the difference of quadratic κ between synthetic and "
        "real images as none within "
        f"±{plain(margins[KAPPA])}, the difference of the mean error within ±{plain(margins[ERROR])} of a grade, and "
        f"the distribution of grades where the share of each grade differs by less than {plain(100 * margins[SHARES])} "
        f"percentage points. Primary: {', '.join(NAMES[name] for name in analysis.plan.primary)}. "
    )
    if analysis.plan.frozen and analysis.plan.unchecked:
        return (
            f"The outcomes and margins are those of the protocol file given (digest {analysis.plan.unchecked[:16]}); "
            f"whether it is the frozen one was not checked. {stated}All of it therefore counts as exploratory."
        )
    if analysis.plan.frozen:
        return (
            "The outcomes and margins were frozen with the protocol, before anybody read. "
            f"{stated}Everything else is exploratory."
        )
    return (
        f"No plan was frozen before the readings; the usual outcomes and margins were taken. {stated}All of it is "
        "exploratory."
    )


READINGS = (
    "The first reading of each image enters all figures; hidden repeats enter the agreement of readers with "
    "themselves, the contrast of repeated with first readings, and the times by position, alone. Of a revised answer "
    "the last revision counts. All intervals are 95 % intervals, unless another level is given."
)


def _missing(analysis: Analysis) -> str:
    tasks = {"grade": "grading", "detect": "real or synthetic"}
    lost = [f"{_lost(analysis, task)} ({tasks[task]})" for task, readers in analysis.missing.items() if readers]
    if unrated := analysis.without_confidence:
        lost.append(
            f"{counted(len(unrated), 'reader')} with {counted(sum(unrated.values()), 'first call')} without confidence "
            "(left out of the AUC and the ROC curve)"
        )
    found = f"Here: {', '.join(lost)}." if lost else "Here none is missing."
    return (
        "Nothing is imputed. Obuchowski–Rockette figures, ICC and Kendall’s W need every reader’s reading of every "
        "image: of readers and images, the one that lacks the largest share of its readings is left out, one after "
        "another, until none is missing (the comparison of repeated readings leaves out readers alone). Counts, "
        f"figures of each reader, the other agreement coefficients and the checks use all readings there are. {found}"
    )


def _lost(analysis: Analysis, task: str) -> str:
    readers = analysis.missing[task]
    said = f"{counted(len(readers), 'reader')} with {counted(sum(readers.values()), 'missing first reading')}"
    absent = len(analysis.readers) - analysis.began(task)
    return f"{said}, of whom {absent} gave none" if absent else said


DETECTION = (
    "Synthetic is the positive class: sensitivity is the share of synthetic images called synthetic, specificity the "
    "share of real images called real. The asymmetry of errors is the share of synthetic images taken for real less "
    "the share of real images taken for synthetic. For the AUC, the call and its confidence make one scale, from "
    "surely real to surely synthetic. Proportions of one reader carry the exact interval of Clopper and Pearson "
    "(1934), in the tables also that of Wilson (1927), the accuracy the exact binomial test against one half and two "
    "exact one-sided tests of equivalence to it (Schuirmann 1987), not adjusted over readers. Without as many real as "
    "synthetic images, one who guesses may have any accuracy: then the balanced accuracy, the mean of sensitivity and "
    "specificity, is judged in its place. "
    "Sensitivity, specificity and predictive values are not tested: of a reader who guesses they are as he or she "
    "leans."
)
ROCKETTE = (
    "Pooled figures are means over readers by the model of Obuchowski and Rockette (1995) for one modality with the "
    "degrees of freedom of Hillis (2007): readers and images are both samples of those who might have taken part. "
    "Covariances are jackknifed over the images that enter the figure, within real and within synthetic ones; for the "
    "AUC and the balanced accuracy they are those of DeLong et al. (1988). Pooled sensitivity, specificity and "
    "AUC have intervals on the logit scale, which with few readers reach far; the t test of the AUC is not. As a "
    "check, the same figures carry symmetric U-statistic intervals (Gallas 2006; Gallas et al. 2009). Readings taken "
    "as if independent are shown for comparison with older papers only."
)
EQUIVALENCE = (
    "That a difference is absent is never concluded from p > 0.05. It is tested by two one-sided t tests at 5 % "
    "(Schuirmann 1987) with the error and the degrees of freedom of the Obuchowski–Rockette model; a single "
    "figure is equivalent when its 90 % interval lies within the margin. A primary outcome is one only when its p, "
    "adjusted by Holm among all primary outcomes of the plan, is below 0.05 too, which is more to ask. That a primary "
    "outcome differs takes p < 0.05 of its test against no difference, adjusted likewise."
)


SOURCES = (
    "Each reader’s figure on real and on synthetic images, and the difference, is pooled by the same model, for two "
    "sets of images sampled apart (Hillis 2014); where their mixes of reference grades differ, each grade that both "
    "have weighs as in all images together (direct standardisation). Covariances come from the jackknife over images "
    "within each reference grade (Hillis, Berbaum and Metz 2008), since a study has a fixed number of images of each; "
    "the degrees of freedom (Satterthwaite’s) count the error of these covariances, which rest on few images. Cohen’s "
    "κ takes quadratic weights (Cohen 1968) over the grades 0–4, whether used or not. As a check, a bootstrap draws "
    "readers and, within source and reference grade, images (Owen 2007; percentile interval). The distributions of "
    "grades are compared grade by grade in the same way: they are equivalent when the share of each grade is, which "
    "takes no adjustment (intersection–union test, Berger 1982), and different when that of any grade is (adjusted by "
    "Holm; the interval of the outcome by Bonferroni)."
)
EXPLORATION = (
    "Discernment d′ and criterion c take the log-linear correction (Hautus 1995) and the interval of Gourevitch and "
    "Galanter (1967); likelihood ratios the log interval (Simel, Samsa and Matchar 1991). The ROC curve is the mean of"
    " the readers’ sensitivities at each share of false positives, its band a bootstrap over readers and images. "
    "Binormal curves are fitted to each reader’s ratings by maximum likelihood (Dorfman and Alf 1969); the readers’ "
    "areas under them are pooled as above, with the covariance of what each image moves them (infinitesimal "
    "jackknife), where every reader has a finite curve. Groups of readers are compared by the Obuchowski–Rockette "
    "model for readers nested in groups (Hillis 2014), repeated and first readings of the same images by that for two "
    "modalities (Hillis 2007), halves of the sitting and of the reading times by U-statistics, as are the shares along"
    " the sitting. Odds ratios come from a logistic model with crossed random intercepts of readers and images, by "
    "Laplace’s approximation (Bates et al. 2015), adjusted for real or synthetic, whose own difference is the "
    "asymmetry of errors: readers lean each their way, which these intercepts leave out. They also leave out that one "
    "reader changes more than another along the sitting or from grade to grade: where readers do, these intervals are "
    "too narrow. Times of wrong and right "
    "calls are compared by the ratio of geometric means within readers, pooled over readers by the same model, with "
    "the covariance of what each image moves the readers’ ratios by."
)
AGREEMENT = (
    "Agreement of one reader with the reference is Cohen’s κ with the large-sample interval of Fleiss, Cohen and "
    "Everitt (1969). Between readers: the mean κ of all pairs (Light 1971), Fleiss’ κ (1971), Gwet’s AC1 and AC2 "
    "(2008), Krippendorff’s α (2011) and agreement of pairs, with a bootstrap over readers and, within source and "
    "reference grade, images, in which a reader drawn twice makes no pair with themselves (interval on the scale of "
    "Fisher’s z); what differs between synthetic and real images, with a jackknife over readers and, likewise, images."
    " With fewer than four readers, images alone are sampled: by a bootstrap (Light), by Gwet’s (2014) interval, by a "
    "jackknife (Krippendorff). Intraclass correlations are those of Shrout and Fleiss (1979; intervals of McGraw and "
    "Wong 1996), Kendall’s W is that with ties (Kendall and Babington Smith 1939; jackknife over images). Agreement on"
    " each grade follows Cicchetti and Feinstein (1990), with the same bootstrap from four readers on. The readers’ "
    "mean grade of an image less the reference is described by Bland and Altman’s (1999) limits of agreement. "
    "Agreement with oneself pools all repeats, with a jackknife over readers; one reader’s κ with themselves has an "
    "interval (on the scale of Fisher’s z) from ten repeats on."
)
TESTS = (
    "Holm’s (1979) adjustment is applied within each family: the equivalence tests of the primary outcomes; their "
    "tests for a difference; and, apart from the outcomes of the plan, within each table of further tests: the further "
    "pooled figures that have a value of guessing, the readers’ accuracies, the conditions compared, what goes with a "
    "correct call, the shares of the grades. A p value that the CSV files alone hold, without an adjusted one, is of "
    "no family. Agreement coefficients are estimated, not tested. The 95 % intervals themselves are not adjusted."
)
RANDOM = (
    f"Each bootstrap draws {SAMPLES:,} samples, the band of the ROC curve {roc.SAMPLES:,}; the generator of random "
    "numbers (NumPy’s PCG64) begins at seed 0, so that the same answers give the same report."
)
