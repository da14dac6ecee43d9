"""What the tests of the staff pages may use."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(get_user_model().objects.create_user("lead", is_staff=True))
    return client
