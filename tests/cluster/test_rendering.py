from pathlib import Path

import yaml

from e2e.cluster.plane import users_flag
from e2e.cluster.rendering import alertmanager_config, prometheus_config, prometheus_rights


def test_prometheus_scrapes_and_judges_every_second():
    config = yaml.safe_load(prometheus_config(Path("kubeconfig"), "127.0.0.1:9093"))
    assert (config["global"]["scrape_interval"], config["global"]["evaluation_interval"]) == ("1s", "1s")
    assert config["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"] == ["127.0.0.1:9093"]


def test_prometheus_finds_pods_as_its_own_user():
    config = yaml.safe_load(prometheus_config(Path("prometheus.kubeconfig"), "x"))
    (discovery,) = config["scrape_configs"][0]["kubernetes_sd_configs"]
    assert discovery == {"role": "pod", "kubeconfig_file": "prometheus.kubeconfig"}


def test_prometheus_may_see_pods_and_nothing_else():
    role, binding = yaml.safe_load_all(prometheus_rights())
    assert role["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}]
    assert binding["subjects"][0]["name"] == "prometheus"


def test_alerts_go_nowhere_until_there_is_a_webhook():
    config = yaml.safe_load(alertmanager_config(None, Path("token")))
    assert config["receivers"] == [{"name": "webhook"}]


def test_alerts_go_to_the_webhook_at_once_with_the_token_from_its_file():
    config = yaml.safe_load(alertmanager_config("http://127.0.0.1:1/alerts", Path("token")))
    (webhook,) = config["receivers"][0]["webhook_configs"]
    assert webhook["http_config"]["authorization"] == {"type": "Bearer", "credentials_file": "token"}
    assert (config["route"]["group_wait"], config["route"]["group_interval"]) == ("0s", "1s")


def test_users_are_written_with_their_groups():
    assert users_flag({"eve": ["editors", "viewers"], "prometheus": []}) == "eve=editors+viewers,prometheus="
