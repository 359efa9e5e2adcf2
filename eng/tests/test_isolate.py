"""Tests that a command has temporary folders of its own, which are deleted after it."""
import os
import pathlib
import subprocess
import tempfile
import unittest

from tests.repository import RepositoryTestCase

ISOLATE = pathlib.Path(__file__).resolve().parent.parent / "isolate.sh"
NOBODY = "setpriv --reuid 61235 --regid 61235 --clear-groups"


def can_mount():
    if os.getuid() != 0:
        return False
    done = subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


class IsolateTests(RepositoryTestCase):
    def isolate(self, script, code=0, **environment):
        """Runs a script and returns its output. The parent's temporary folder is in `self.temporary`."""
        self.temporary = self.root / "outer"
        self.temporary.mkdir(exist_ok=True)
        self.temporary.chmod(0o1777)
        self.root.chmod(0o711)  # another user gets there
        variables = {**os.environ, "TMPDIR": str(self.temporary), **environment}
        command = [str(ISOLATE), "bash", "-ec", script]
        finished = subprocess.run(
            command, env=variables, cwd=self.root, text=True, check=False, timeout=60,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(code, finished.returncode, finished.stdout)
        self.assertEqual([], list(self.temporary.iterdir()), "isolate.sh leaves its own folder behind")
        return [line for line in finished.stdout.splitlines() if not line.startswith("/tmp and /dev/shm are shared")]

    def test_the_temporary_folder_is_open_to_all_and_gone_afterwards(self):
        script = (
            'stat -c %a "$TMPDIR"; mkdir "$TMPDIR/full"; echo text > "$TMPDIR/full/file"; chmod 500 "$TMPDIR/full"'
        )
        self.assertEqual(["1777"], self.isolate(script))

    def test_the_folders_are_named(self):
        folders = self.isolate('echo "$TMPDIR $SNAKEPIT_ISOLATED"')[0]
        temporary, isolated = folders.split()
        self.assertEqual(temporary, isolated.split(":")[0])

    def test_the_exit_code_is_the_commands(self):
        self.isolate("exit 7", code=7)

    def test_a_socket_fits(self):
        longest = "dotnet-diagnostic-4194304-18446744073709551615-socket"
        deep = self.root / ("d" * 60)
        deep.mkdir()
        program = f'import os, socket; socket.socket(socket.AF_UNIX).bind(os.environ["TMPDIR"] + "/{longest}")'
        script = f"python3 -c '{program}'"
        self.assertEqual([], self.isolate(script, TMPDIR=str(deep)))
        self.assertEqual([], list(deep.iterdir()))

    @unittest.skipUnless(os.getuid() == 0, "only root can become another user")
    def test_another_user_can_use_it_and_leaves_nothing(self):
        script = (
            f'{NOBODY} sh -c \'umask 077; mkdir "$TMPDIR/snakepit-61235"; touch "$TMPDIR/snakepit-61235/x"\'; '
            'stat -c %u "$TMPDIR/snakepit-61235"'
        )
        self.assertEqual(["61235"], self.isolate(script))

    @unittest.skipUnless(can_mount(), "only root can mount, where it may")
    def test_root_has_the_temporary_folder_and_shared_memory_to_itself(self):
        with tempfile.NamedTemporaryFile(dir="/tmp") as outside, tempfile.NamedTemporaryFile(dir="/dev/shm") as shared:
            pid = os.getpid()
            script = (
                f'echo "$TMPDIR"; test ! -e {outside.name}; test ! -e {shared.name}; '
                f"touch /tmp/inside-{pid} /dev/shm/inside-{pid}"
            )
            self.assertEqual(["/tmp"], self.isolate(script))
        self.assertFalse(os.path.exists(f"/tmp/inside-{os.getpid()}"))
        self.assertFalse(os.path.exists(f"/dev/shm/inside-{os.getpid()}"))

    @unittest.skipUnless(can_mount(), "only root can mount, where it may")
    def test_what_the_command_is_given_stays_in_sight_and_survives(self):
        with tempfile.TemporaryDirectory(dir="/tmp") as given, tempfile.TemporaryDirectory(dir="/dev/shm") as shared:
            certificate = pathlib.Path(given, "deep", "certificate")
            certificate.parent.mkdir()
            certificate.write_text("text")
            script = (
                'cat "$CERTIFICATE"; echo more >> "$CERTIFICATE"; '
                f"test ! -e {given}/other; ls -A /dev/shm; touch {shared}/new"
            )
            pathlib.Path(given, "other").touch()
            output = self.isolate(script, CERTIFICATE=str(certificate), SOME_PATH=f"/nowhere:{shared}")
            self.assertEqual(f"text{os.path.basename(shared)}", "".join(output))
            self.assertEqual("textmore\n", certificate.read_text())
            self.assertEqual(["new"], os.listdir(shared))

    @unittest.skipUnless(can_mount(), "only root can mount, where it may")
    def test_a_clone_in_the_temporary_folder_stays_the_working_directory(self):
        with tempfile.TemporaryDirectory(dir="/tmp") as clone:
            self.root = pathlib.Path(clone)
            self.write("file", "text")
            self.assertEqual(["text", clone], self.isolate('cat "$PWD/file"; echo; pwd'))

    @unittest.skipUnless(can_mount(), "only root can mount, where it may")
    def test_where_it_cannot_mount_it_says_so_once_and_runs(self):
        output = subprocess.run(
            [str(ISOLATE), "sh", "-c", 'echo "$TMPDIR $XDG_RUNTIME_DIR"'], env={**os.environ, "SOME_FOLDER": "/tmp"},
            stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout.splitlines()
        self.assertEqual(2, len(output))
        self.assertIn("(the environment names the folder itself)", output[0])
        self.assertTrue(all(folder.startswith("/tmp/snakepit-test-") for folder in output[1].split()))
