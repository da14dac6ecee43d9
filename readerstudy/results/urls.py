"""The staff pages."""

from django.urls import path

from readerstudy.results import (
    bank_views,
    blinding_views,
    download_views,
    plan_views,
    reading_views,
    report_views,
    views,
)

app_name = "results"
urlpatterns = [
    path("", views.study_list, name="study-list"),
    path("health/", views.health, name="health"),
    path("images/", bank_views.image_bank, name="image-bank"),
    path("images/<int:pk>.png", bank_views.radiograph_image, name="radiograph-image"),
    path("images/<int:pk>/leave-out/", bank_views.radiograph_leave_out, name="radiograph-leave-out"),
    path("images/<int:pk>/take-back/", bank_views.radiograph_take_back, name="radiograph-take-back"),
    path("data-dictionary.csv", download_views.dictionary, name="data-dictionary"),
    path("studies/new/", views.study_new, name="study-new"),
    path("studies/<slug:slug>/", views.study_page, name="study"),
    path("studies/<slug:slug>/images/", views.study_images, name="study-images"),
    path("studies/<slug:slug>/images/<int:number>/replace/", views.study_replace_case, name="study-replace-case"),
    path("studies/<slug:slug>/texts/", views.study_texts, name="study-texts"),
    path("studies/<slug:slug>/record/", views.study_audit, name="study-audit"),
    path("studies/<slug:slug>/blinding/", blinding_views.study_blinding, name="study-blinding"),
    path("studies/<slug:slug>/blinding/run/", blinding_views.study_blinding_run, name="study-blinding-run"),
    path("studies/<slug:slug>/blinding.svg", blinding_views.study_blinding_figure, name="study-blinding-figure"),
    path("studies/<slug:slug>/blinding.csv", blinding_views.study_blinding_table, name="study-blinding-table"),
    path(
        "studies/<slug:slug>/blinding-later.svg",
        blinding_views.study_blinding_figure,
        {"is_later": True},
        name="study-blinding-figure-later",
    ),
    path(
        "studies/<slug:slug>/blinding-later.csv",
        blinding_views.study_blinding_table,
        {"is_later": True},
        name="study-blinding-table-later",
    ),
    path("studies/<slug:slug>/reading/", reading_views.study_reading, name="study-reading"),
    path("studies/<slug:slug>/plan/", plan_views.study_plan, name="study-plan"),
    path("studies/<slug:slug>/viewer-use.csv", download_views.study_viewer_use, name="study-viewer-use"),
    path("studies/<slug:slug>/displays.csv", download_views.study_displays, name="study-displays"),
    path("studies/<slug:slug>/invite/", views.study_invite, name="study-invite"),
    path("studies/<slug:slug>/open/", views.study_open, name="study-open"),
    path("studies/<slug:slug>/delete/", views.study_delete, name="study-delete"),
    path("studies/<slug:slug>/close/", views.study_close, name="study-close"),
    path("studies/<slug:slug>/archive/", views.study_archive, name="study-archive"),
    path("studies/<slug:slug>/answers.csv", download_views.study_answers, name="study-answers"),
    path("studies/<slug:slug>/report/run/", report_views.study_report_run, name="study-report-run"),
    path("studies/<slug:slug>/report/", report_views.study_report, name="study-report"),
    path("studies/<slug:slug>/report.zip", report_views.study_report_archive, name="study-report-archive"),
    path("studies/<slug:slug>/links.csv", download_views.study_links, name="study-links"),
    path("studies/<slug:slug>/protocol.json", download_views.study_protocol, name="study-protocol"),
]
