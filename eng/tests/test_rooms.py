"""Tests which arrows between folders are found in sources, and that the picture is checked."""
import contextlib
import io

import rooms
from tests.repository import RepositoryTestCase

PROJECT = '<Project><ItemGroup><Using Include="Snakepit.Calls" /></ItemGroup></Project>'


class RoomTests(RepositoryTestCase):
    def setUp(self):
        super().setUp()
        self.write("src/Snakepit/Snakepit.csproj", PROJECT)
        self.write("src/Snakepit/PoolOptions.cs", "namespace Snakepit;\n\npublic sealed class PoolOptions;\n")
        self.source("Calls", "internal readonly record struct CallKey(int Slot);")
        self.source("Workers", "internal sealed class Channel\n{\n    private CallKey _key;\n}")
        method = "    public static void Begin(this PoolOptions options)\n    {\n    }\n"
        self.source("Threads", "internal static class Threads\n{\n" + method + "}")

    def source(self, folder, code, *usings, name="File"):
        lines = "".join(f"using Snakepit.{using};\n" for using in usings)
        text = f"{lines}\nnamespace Snakepit.{folder.replace('/', '.')};\n\n{code}\n"
        self.write(f"src/Snakepit/{folder}/{name}.cs", text)

    def arrows(self):
        return rooms.find_arrows(rooms.read(self.root), ["Snakepit.Calls"])

    def run_rooms(self, check=False):
        (self.root / "docs/images").mkdir(parents=True, exist_ok=True)
        with contextlib.redirect_stdout(io.StringIO()) as output:
            return rooms.main(self.root, check), output.getvalue()


class ArrowTests(RoomTests):
    def test_types_and_extension_methods_make_arrows(self):
        self.source("Pools", "internal sealed class Pool\n{\n    void Run(PoolOptions o) => o.Begin();\n}", "Threads")
        self.assertEqual(
            {("Workers", "Calls"), ("Threads", "."), ("Pools", "."), ("Pools", "Threads")}, self.arrows())

    def test_comments_strings_and_names_of_members_make_none(self):
        self.source(
            "Pools",
            'internal sealed class Pool\n{\n    // Channel\n    private string _a = "Channel";\n'
            "    public int Channel { get; }\n}\n\ninternal enum Kind\n{\n    Channel,\n}", "Workers")
        self.assertEqual({("Workers", "Calls"), ("Threads", ".")}, self.arrows())

    def test_holes_of_strings_make_arrows(self):
        code = 'internal sealed class Pool\n{\n    private string _a = $"{Channel.Name} of";\n}'
        self.source("Pools", code, "Workers")
        self.assertIn(("Pools", "Workers"), self.arrows())

    def test_types_that_a_file_does_not_see_make_none(self):
        self.source("Pools", "internal sealed class Pool\n{\n    private Channel _channel;\n}")

        self.assertNotIn(("Pools", "Workers"), self.arrows())


class CircleTests(RoomTests):
    def test_circles_are_found_at_every_level(self):
        for arrows, expected in (
            ({("A", "B"), ("B", "C"), ("A", "A/X"), ("A/X", "B")}, set()),
            ({("A/X", "B"), ("B", "A/Y"), ("C", "A")}, {("A", "B"), ("B", "A")}),
            ({("A", "A/X"), ("A/X", "A")}, {("A", "A/X"), ("A/X", "A")}),
            ({("A/X/Z", "A/Y"), ("A/Y", "A/X")}, {("A/X", "A/Y"), ("A/Y", "A/X")}),
            ({(".", "A"), ("A", ".")}, {(".", "A"), ("A", ".")}),
        ):
            with self.subTest(arrows=arrows):
                self.assertEqual(expected, rooms.find_circles(arrows))

    def test_a_circle_fails(self):
        self.source("Calls", "internal sealed class Sink\n{\n    private Channel _channel;\n}", "Workers", name="Sink")
        code, output = self.run_rooms()
        self.assertEqual(1, code)
        self.assertEqual(
            ["Calls uses Workers, which uses Calls in turn", "Workers uses Calls, which uses Workers in turn"],
            output.splitlines())

    def test_a_vocabulary_that_uses_a_room_fails(self):
        text = "using Snakepit.Workers;\n\nnamespace Snakepit;\n\npublic class Bad\n{\n    Channel _c;\n}\n"
        self.write("src/Snakepit/Bad.cs", text)
        self.assertEqual((1, ". is the vocabulary and may not use Workers\n"), self.run_rooms())

    def test_a_folder_without_a_purpose_fails(self):
        self.source("Cellar", "internal sealed class Bottle;")
        self.assertEqual((1, "say in eng/rooms.py what the folder Cellar is for\n"), self.run_rooms())


class PictureTests(RoomTests):
    def test_check_passes_on_a_fresh_picture_and_fails_when_an_arrow_is_new(self):
        self.assertEqual((0, ""), self.run_rooms())
        self.assertEqual((0, ""), self.run_rooms(check=True))
        self.source("Telemetry", "internal sealed class Log\n{\n    private CallKey _key;\n}")
        self.assertEqual((1, "docs/images/rooms.svg is stale; run eng/rooms.py\n"), self.run_rooms(check=True))

    def test_every_arrow_is_in_the_picture_and_those_that_others_imply_are_pale(self):
        arrows = {("Pools", "Workers"), ("Workers", "Calls"), ("Pools", "Calls"), ("Pools", ".")}
        picture = rooms.draw(arrows, {".", "Pools", "Workers", "Calls"})
        is_pale = {
            line.split("<title>")[1].split("<")[0]: 'class="more"' in line
            for line in picture.splitlines() if "<title>" in line
        }
        self.assertEqual({"Pools uses Workers": False, "Workers uses Calls": False, "Pools uses Calls": True}, is_pale)
