"""Tests the content of the packages, and their effect on the build of a project."""
import json
import pathlib
import re
import shutil
import sys
import xml.etree.ElementTree as ElementTree
import zipfile

from first_steps.workshop import WorkshopTestCase

PROGRAM = """\
using Snakepit;
using Snakepit.Testing;

await using SnakepitRuntime snakepit = await SnakepitRuntime.StartAsync(s =>
{
    s.AddPool("text", p =>
    {
        p.Adapter = "adapters/text.py";
        p.Size = 1;
    });
    if (args is ["fake"])
    {
        s.UseFakeWorkers(new FakeWorkers().Add("answer", _ => "of a fake"));
    }
});
Console.WriteLine(await snakepit.ExecuteAsync<string>("answer"));
"""
PROJECT = """\
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <ImplicitUsings>enable</ImplicitUsings>
    <Nullable>enable</Nullable>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Snakepit" Version="{version}" />
    <PackageReference Include="Snakepit.Testing" Version="{version}" />
    <Content Include="adapters/own/*.py" CopyToOutputDirectory="PreserveNewest" />
    <None Update="adapters/kept.py" CopyToOutputDirectory="Never" />
  </ItemGroup>
</Project>
"""
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
ANSWER = 'def answer():\n    return "{}"\n'
ADAPTERS = (
    "text.py",
    "below/more.py",
    "own/own.py",
    "kept.py",
    "venv/lib/site-packages/other.py",
    ".hidden/hidden.py",
    "notes.txt",
)


class PackageTests(WorkshopTestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (path,) = cls.workshop.feed.glob("Snakepit.[0-9]*.nupkg")
        cls.version = path.name[len("Snakepit."):-len(".nupkg")]
        cls.project = cls.workshop.work / "app"
        for name in ADAPTERS:
            path = cls.project / "adapters" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(ANSWER.format("as built"))
        (cls.project / "app.csproj").write_text(PROJECT.format(version=cls.version))
        (cls.project / "Program.cs").write_text(PROGRAM)
        cls.workshop.run("dotnet", "nuget", "add", "source", str(cls.workshop.feed), folder=cls.project)
        cls.workshop.run("dotnet", "build", "-v", "quiet", folder=cls.project)
        cls.output = cls.project / "bin/Debug/net10.0"

    def open(self, name, kind="nupkg"):
        return zipfile.ZipFile(self.workshop.feed / f"{name}.{self.version}.{kind}")

    def specification(self, name):
        with self.open(name) as package:
            root = ElementTree.fromstring(package.read(f"{name}.nuspec"))
        for element in root.iter():
            element.tag = element.tag.partition("}")[2]
        return root.find("metadata")

    def answer(self, *arguments, **variables):
        program = str(self.output / "app.dll")
        return self.workshop.run("dotnet", program, *arguments, folder=self.workshop.home, **variables)

    def test_packages_have_what_a_package_should(self):
        for name in ("Snakepit", "Snakepit.AspNetCore", "Snakepit.Cli", "Snakepit.Testing", "Snakepit.Templates"):
            with self.subTest(name), self.open(name) as package:
                files, told = set(package.namelist()), self.specification(name)
                self.assertLessEqual({"README.md", "icon.png"}, files)
                found = tuple(told.findtext(key) for key in ("readme", "icon", "license"))
                self.assertEqual(("README.md", "icon.png", "MIT"), found)
                self.assertTrue(told.findtext("description") and told.findtext("tags"))
        for name in ("Snakepit", "Snakepit.AspNetCore", "Snakepit.Testing"):
            with self.subTest(name), self.open(name) as package, self.open(name, "snupkg") as symbols:
                self.assertLessEqual({f"lib/net10.0/{name}.dll", f"lib/net10.0/{name}.xml"}, set(package.namelist()))
                self.assertIn(f"lib/net10.0/{name}.pdb", symbols.namelist())

    def test_libraries_have_code_for_the_platform_that_packed_them(self):
        for name in ("Snakepit", "Snakepit.AspNetCore"):
            with self.subTest(name), self.open(name) as package:
                portable = f"lib/net10.0/{name}.dll"
                (compiled,) = [file for file in package.namelist() if file.endswith(f"/lib/net10.0/{name}.dll")]
                self.assertRegex(compiled, r"^runtimes/\w+-\w+/")
                self.assertGreater(package.getinfo(compiled).file_size, 1.5 * package.getinfo(portable).file_size)
                self.assertTrue((self.output / compiled).exists() or name != "Snakepit")  # beside the application

    def test_symbols_lead_to_the_sources_in_the_repository_that_was_cloned(self):
        clone = self.workshop.work / "clone"
        library = clone / "src/Library"
        library.mkdir(parents=True)
        for name in ("Directory.Build.props", "Directory.Packages.props", "BannedSymbols.txt"):
            shutil.copy(REPOSITORY / name, clone)
        (library / "Library.csproj").write_text('<Project Sdk="Microsoft.NET.Sdk" />\n')
        (library / "Library.cs").write_text("namespace Library;\n\ninternal static class Program;\n")
        for arguments in (
                ("init", "--quiet"), ("remote", "add", "origin", "https://github.com/example/product.git"),
                ("add", "."),
                ("-c", "user.name=Tester", "-c", "user.email=tester@example.org", "commit", "--quiet", "-m", "All")):
            self.workshop.run("git", *arguments, folder=clone)
        (commit,) = self.workshop.run("git", "rev-parse", "HEAD", folder=clone)
        self.workshop.run("dotnet", "build", "-v", "quiet", folder=library)
        symbols = (library / "bin/Debug/net10.0/Library.pdb").read_bytes()
        self.assertIn(f"https://raw.githubusercontent.com/example/product/{commit}/*".encode(), symbols)

    def test_package_has_its_build_target_and_the_python_sources(self):
        with self.open("Snakepit") as package:
            files = set(package.namelist())
        expected = {
            "build/Snakepit.targets",
            "buildTransitive/Snakepit.targets",
            "python/snakepit/__init__.py",
            "python/snakepit/py.typed",
        }
        self.assertLessEqual(expected, files)
        self.assertEqual([], [name for name in files if "__pycache__" in name])

    def test_package_has_the_schema_of_its_settings_and_tells_editors_where_it_is(self):
        with self.open("Snakepit") as package:
            schema = json.loads(package.read("ConfigurationSchema.json"))
        self.assertIn("Adapter", schema["definitions"]["snakepitPool"]["properties"])
        told = self.workshop.run("dotnet", "msbuild", "-getItem:JsonSchemaSegment", folder=self.project)
        (segment,) = json.loads("\n".join(told))["Items"]["JsonSchemaSegment"]
        self.assertEqual(schema, json.loads(pathlib.Path(segment["FullPath"]).read_text()))
        checked = {"appsettings.json": True, "appsettings.Development.json": True, "launchSettings.json": False}
        for name, expected in checked.items():
            self.assertEqual(expected, re.search(segment["FilePathPattern"], name) is not None)

    def test_templates_refer_to_the_version_that_they_were_packed_with(self):
        with self.open("Snakepit.Templates") as package:
            files = set(package.namelist())
            for template, project in (("snakepit-console", "SnakepitConsole"), ("snakepit-web", "SnakepitWeb")):
                with self.subTest(template):
                    self.assertIn(f"content/{template}/.template.config/template.json", files)
                    built = package.read(f"content/{template}/{project}.csproj").decode()
                    self.assertIn(f'Include="Snakepit" Version="{self.version}"', built)

    def test_fakes_fit_the_library_of_the_same_version_alone(self):
        dependencies = self.specification("Snakepit.Testing").iter("dependency")
        versions = {dependency.get("id"): dependency.get("version") for dependency in dependencies}
        self.assertEqual(f"[{self.version}]", versions["Snakepit"])
        self.assertEqual(["of a fake"], self.answer("fake"))

    def test_the_administration_fits_the_library_of_the_same_version_alone_and_has_the_licence_of_its_charts(self):
        dependencies = self.specification("Snakepit.AspNetCore").iter("dependency")
        versions = {dependency.get("id"): dependency.get("version") for dependency in dependencies}
        self.assertEqual(f"[{self.version}]", versions["Snakepit"])
        with self.open("Snakepit.AspNetCore") as package:
            self.assertIn(b"MIT License", package.read("third-party/uPlot/LICENSE"))

    def test_adapters_are_in_the_output_folder(self):
        adapters = self.output / "adapters"
        copied = sorted(path.relative_to(adapters).as_posix() for path in adapters.rglob("*.*") if path.is_file())
        written = [name for name in copied if "__pycache__" not in name]
        self.assertEqual(["below/more.py", "own/own.py", "text.py"], written)
        self.assertEqual(["as built"], self.answer())

    def test_an_edit_is_seen_in_development_without_a_build(self):
        source = self.project / "adapters/text.py"
        self.addCleanup(source.write_text, source.read_text())
        source.write_text(ANSWER.format("as edited"))
        self.assertEqual(["as edited"], self.answer(DOTNET_ENVIRONMENT="Development"))
        self.assertEqual(["as built"], self.answer(DOTNET_ENVIRONMENT="Production"))

    def test_published_program_has_its_adapters_and_no_folder_of_this_machine(self):
        noted = (self.output / "snakepit.project").read_text()
        self.assertEqual(str(self.project), noted.strip())
        for options in (
            ("publish", "-c", "Debug"),
            ("publish", "-c", "Debug", "--no-build"),
            ("msbuild", "-t:Publish", "-p:Configuration=Debug"),
        ):
            with self.subTest(options):
                published = self.workshop.work / "published"
                to = [f"-p:PublishDir={published}/"] if "msbuild" in options else ["-o", str(published)]
                self.workshop.run("dotnet", *options, "-v:quiet", *to, folder=self.project)
                self.assertTrue((published / "adapters/below/more.py").is_file())
                self.assertTrue((published / "adapters/own/own.py").is_file())
                self.assertFalse((published / "adapters/kept.py").exists())
                notes = [file for file in published.rglob("*") if file.suffix in (".json", ".project")]
                self.assertEqual([], [file.name for file in notes if str(self.project) in file.read_text()])
                self.assertEqual(["as built"], self.workshop.run(str(published / "app"), folder="/"))
                shutil.rmtree(published)
        self.assertEqual(noted, (self.output / "snakepit.project").read_text())

    def test_copying_can_be_turned_off(self):
        options = ("-getItem:None", "-p:SnakepitCopyAdapters=false")
        told = self.workshop.run("dotnet", "msbuild", *options, folder=self.project)
        items = json.loads("\n".join(told))["Items"]["None"]
        copied = [item["Identity"] for item in items if item.get("CopyToOutputDirectory") == "PreserveNewest"]
        self.assertEqual([], copied)

    def test_release_build_knows_no_folder_of_this_machine(self):
        for options, expected in (
            ((), "true"),
            (("-p:Configuration=Release",), ""),
            (("-p:ContinuousIntegrationBuild=true",), ""),
        ):
            with self.subTest(options):
                query = ("-getProperty:SnakepitNotesProject", *options)
                told = self.workshop.run("dotnet", "msbuild", *query, folder=self.project)
                self.assertEqual([expected], told)

    def test_python_module_is_there_for_editors_and_tests(self):
        folder = str(self.project / "obj/snakepit/python")
        arguments = ("-t:SnakepitPath", "-getProperty:SnakepitPythonFolder")
        self.assertEqual([folder], self.workshop.run("dotnet", "build", *arguments, folder=self.project))
        self.assertTrue((self.project / "obj/snakepit/python/snakepit/py.typed").is_file())
        program = "from snakepit import ctx, tool, Cancelled; print(ctx)"
        said = self.workshop.run(sys.executable, "-c", program, folder="/", PYTHONPATH=folder)
        self.assertEqual(["<snakepit.ctx, not in a worker>"], said)
