"""The account page's addresses, below /account/."""

from django.urls import path

from accounts.views import account, two_step

app_name = "accounts"
urlpatterns = [
    path("", account.account, name="account"),
    path("password/", account.change_password, name="password"),
    path("sessions/end/", account.end_other_sessions, name="end-sessions"),
    path("sessions/<int:pk>/end/", account.end_session, name="end-session"),
    path("tokens/", account.make_token, name="make-token"),
    path("tokens/<int:pk>/revoke/", account.revoke_token, name="revoke-token"),
    path("second-step/", two_step.set_up, name="second-step"),
    path("second-step/begin/", two_step.begin, name="begin-second-step"),
    path("second-step/codes/", two_step.renew_codes, name="renew-codes"),
    path("second-step/off/", two_step.turn_off, name="second-step-off"),
]
