"""Tests of the files in deploy/: what can be checked without a container engine, a cluster or a running systemd."""
import pathlib
import re
import subprocess
import tempfile
import unittest

import yaml

DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"
HOST = 200 << 20  # bytes that a host of ASP.NET Core may need beside its workers
UNITS = {"MiB": 1 << 20, "Mi": 1 << 20, "Gi": 1 << 30}


def size(text):
    number, unit = re.fullmatch(r"(\d+)([A-Za-z]+)", text).groups()
    return int(number) * UNITS[unit]


class SystemdTests(unittest.TestCase):
    UNIT = (DEPLOY / "systemd/myapp.service").read_text()

    def verify(self, unit):
        """Returns what systemd has to say of a unit. The program must exist, so another one takes its place."""
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "myapp.service"
            path.write_text(unit.replace("/opt/myapp/MyApp", "/bin/true"))
            done = subprocess.run(
                ["systemd-analyze", "verify", str(path)], text=True, timeout=60, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def test_systemd_accepts_the_unit_without_a_word(self):
        self.assertEqual((0, ""), self.verify(self.UNIT))

    def test_systemd_would_say_what_it_does_not_know(self):
        self.assertIn("OomPolicy", self.verify(self.UNIT.replace("OOMPolicy", "OomPolicy"))[1])

    def test_systemd_waits_longer_than_the_host_needs_to_stop(self):
        self.assertGreater(int(re.search(r"^TimeoutStopSec=(\d+)$", self.UNIT, re.M)[1]), 30)


class DockerfileTests(unittest.TestCase):
    TEXT = (DEPLOY / "docker/Dockerfile").read_text()

    def test_stages_that_are_copied_from_exist(self):
        stages = re.findall(r"^FROM \S+ AS (\S+)$", self.TEXT, re.M)
        copied = re.findall(r"^COPY --from=(\S+) ", self.TEXT, re.M)
        self.assertEqual(sorted(stages), sorted(copied))

    def test_last_image_is_without_privileges_and_its_python_is_that_of_the_packages(self):
        last, packages = self.TEXT.rpartition("\nFROM ")[2], self.TEXT.partition(" AS packages")[0]
        self.assertRegex(last, r"^gcr\.io/distroless/python3-debian12:nonroot\n")
        self.assertTrue(packages.endswith("FROM debian:12-slim"))
        self.assertIn("PYTHONPATH=/packages", last)


class KubernetesTests(unittest.TestCase):
    DEPLOYMENT, BUDGET, SERVICE = yaml.safe_load_all((DEPLOY / "kubernetes/myapp.yaml").read_text())
    POD = DEPLOYMENT["spec"]["template"]["spec"]
    CONTAINER = POD["containers"][0]

    def setting(self, name):
        return next(one["value"] for one in self.CONTAINER["env"] if one["name"].endswith(name))

    def test_everything_is_about_the_same_pods(self):
        labels = self.DEPLOYMENT["spec"]["template"]["metadata"]["labels"]
        for selector in (
                self.DEPLOYMENT["spec"]["selector"]["matchLabels"], self.BUDGET["spec"]["selector"]["matchLabels"],
                self.SERVICE["spec"]["selector"]):
            self.assertEqual(labels, selector)

    def test_memory_holds_the_host_all_workers_and_a_replacement(self):
        workers = int(self.setting("Size")) + 1
        needed = HOST + workers * size(self.setting("HardLimit"))
        self.assertGreaterEqual(size(self.CONTAINER["resources"]["limits"]["memory"]), needed)
        resources = self.CONTAINER["resources"]
        self.assertEqual(resources["limits"]["memory"], resources["requests"]["memory"])

    def test_probes_ask_what_the_application_answers(self):
        answers = {"startup": "/health/startup", "readiness": "/health/ready", "liveness": "/health/live"}
        for probe, path in answers.items():
            with self.subTest(probe):
                self.assertEqual({"path": path, "port": 8080}, self.CONTAINER[f"{probe}Probe"]["httpGet"])

    def test_pod_is_given_longer_than_the_host_needs_to_stop(self):
        self.assertGreater(self.POD["terminationGracePeriodSeconds"], 30)

    def test_disruptions_leave_a_replica(self):
        self.assertLess(self.BUDGET["spec"]["maxUnavailable"], self.DEPLOYMENT["spec"]["replicas"])

    def test_container_may_write_to_its_temporary_folder_only(self):
        self.assertTrue(self.CONTAINER["securityContext"]["readOnlyRootFilesystem"])
        self.assertEqual(["/tmp"], [one["mountPath"] for one in self.CONTAINER["volumeMounts"]])


if __name__ == "__main__":
    unittest.main()
