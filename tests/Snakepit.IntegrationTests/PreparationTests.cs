using System.IO.Compression;
using Snakepit.IntegrationTests.Fixture;
using Snakepit.Processes;
using Snakepit.Python;
using Snakepit.Telemetry;

namespace Snakepit.IntegrationTests;

/// <summary>Environments that are prepared with the real pip, from a folder with a wheel that the test has built.</summary>
[Trait(TransportMode.Trait, TransportMode.Native)]
public sealed class PreparationTests : IntegrationTest
{
    private static readonly string[] s_made = ["-m venv", " install "]; // the steps of a preparation, in part

    // A package whose build tells that it has begun, and waits, while there is a gate.
    private const string HeldBackend = """
        import os, select, zipfile

        def build_wheel(folder, config_settings=None, metadata_directory=None):
            gate = os.environ.get("SNAKEPIT_TEST_GATE")
            if gate:
                with open(gate, "w") as opened:
                    opened.write("begun")
                select.select([], [], [])
            info = "held-1.0.dist-info"
            with zipfile.ZipFile(os.path.join(folder, "held-1.0-py3-none-any.whl"), "w") as wheel:
                wheel.writestr(info + "/METADATA", "Metadata-Version: 2.1\nName: held\nVersion: 1.0\n")
                wheel.writestr(info + "/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
                wheel.writestr(info + "/RECORD", "")
            return "held-1.0-py3-none-any.whl"

        """;

    // What the tests need of uv: it makes an environment, and says what it was asked for.
    private const string FakeUv = """
        #!/bin/sh
        case $1 in
            venv) exec "$3" -m venv --without-pip "$4" ;;
            sync) test "$UV_PROJECT_ENVIRONMENT" = "$VIRTUAL_ENV" && echo "$* in its environment" ;;
            *) echo "$*" ;;
        esac

        """;

    private readonly TemporaryFolder _project;

    public PreparationTests()
    {
        _project = Own(new TemporaryFolder());
        Own(new PreparedEnvironments(_project.Path));
        BuildWheel(_project.Path, "1.0");
        _project.Write("requirements.txt", "acme-prepared==1.0\n");
        _project.Write("uses.py", "import acme_prepared\ndef version(): return acme_prepared.VERSION\n");
    }

    [Fact(Timeout = Bound)]
    public async Task Pool_runs_in_the_prepared_environment_which_is_made_once_for_two_hosts()
    {
        await SkipWithoutPipAsync();
        Rig one = Own(Create()), other = Own(Create());

        await Task.WhenAll(one.StartAsync(), other.StartAsync());

        Assert.Equal(["1.0", "1.0"], [await one.CallAsync<string>("version"), await other.CallAsync<string>("version")]);
        PythonDescription python = one.Pool.GetSnapshot().Python!;
        Assert.Equal((other.Pool.GetSnapshot().Python!.Executable, "Python.PrepareEnvironment"), (python.Executable, python.Origin));
        Assert.Equal([python.Environment!], Environments());
        Assert.Contains(new PythonPackage { Name = "acme-prepared", Version = "1.0" }, python.Packages);
        Assert.Equal(s_made.Length, StepsOf(one).Concat(StepsOf(other)).Count(IsCommand));
        DoctorReport report = await one.Runtime.ExamineAsync(cancellationToken: Cancellation);
        Assert.Equal("1.0", report.Pools[0].Python!.Packages.Single(static package => package.Name == "acme-prepared").Version);
    }

    [Fact(Timeout = Bound)]
    public async Task Environment_is_made_anew_when_the_requirements_change_and_kept_when_they_do_not()
    {
        await SkipWithoutPipAsync();
        List<string> first = [], second = [], third = [];
        PythonDescription before = await PrepareAsync(first);
        BuildWheel(_project.Path, "2.0");

        Assert.Equal(before, await PrepareAsync(second));
        _project.Write("requirements.txt", "acme-prepared==2.0\n");
        PythonDescription after = await PrepareAsync(third);

        Assert.NotEqual(before.Environment, after.Environment);
        Assert.Equal((s_made.Length, 0, s_made.Length), (first.Count(IsCommand), second.Count, third.Count(IsCommand)));
        Assert.True(Directory.Exists(before.Environment)); // hosts that use it go on
    }

    [Fact(Timeout = Bound)]
    public async Task Dependencies_of_a_pyproject_are_installed_and_the_project_is_not()
    {
        await SkipWithoutPipAsync();
        File.Delete(_project["requirements.txt"]);
        _project.Write("pyproject.toml", "[project]\nname = 'mine'\nversion = '1'\ndependencies = ['acme-prepared>=1']\n");
        Rig rig = Own(Create());

        await rig.StartAsync();

        IEnumerable<string> names = rig.Pool.GetSnapshot().Python!.Packages.Select(static package => package.Name);
        Assert.Contains("acme-prepared", names);
        Assert.DoesNotContain("mine", names);
    }

    [Fact(Timeout = Bound)]
    public async Task Requirement_that_cannot_be_met_is_told_in_one_line_and_leaves_nothing()
    {
        await SkipWithoutPipAsync();
        _project.Write("requirements.txt", "acme-prepared==9.0\n");
        Rig rig = Own(Create());

        PythonNotFoundException thrown = await Assert.ThrowsAsync<PythonNotFoundException>(rig.StartAsync);

        Assert.Contains("the requirement acme-prepared==9.0 (from versions: 1.0)", thrown.Message, StringComparison.Ordinal);
        Assert.Contains($"try: cd {_project.Path} && ", thrown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', thrown.Message);
        Assert.Empty(Environments());
    }

    [Fact(Timeout = Bound)]
    public async Task Index_that_does_not_answer_is_told()
    {
        await SkipWithoutPipAsync();
        Rig rig = Own(Create(static python =>
        {
            python.Variables.Remove("PIP_NO_INDEX");
            python.Variables.Remove("PIP_FIND_LINKS");
            python.Variables["PIP_INDEX_URL"] = "http://127.0.0.1:9/simple";
            python.Variables["PIP_RETRIES"] = "1"; // without any, pip does not say why
            python.Variables["PIP_TIMEOUT"] = "1";
        }));

        PythonNotFoundException thrown = await Assert.ThrowsAsync<PythonNotFoundException>(rig.StartAsync);

        Assert.Contains("The index of packages cannot be reached", thrown.Message, StringComparison.Ordinal);
        Assert.Contains("Connection refused", thrown.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task Folder_without_requirements_is_told()
    {
        File.Delete(_project["requirements.txt"]);
        Rig rig = Own(Create());

        PythonNotFoundException thrown = await Assert.ThrowsAsync<PythonNotFoundException>(rig.StartAsync);

        Assert.Contains("has no uv.lock, requirements.txt or pyproject.toml", thrown.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = Bound)]
    public async Task Doctor_says_that_an_environment_is_not_prepared_yet_and_prepares_none()
    {
        Rig rig = Own(Create());

        DoctorReport report = await rig.Runtime.ExamineAsync(cancellationToken: Cancellation);

        DoctorCheck check = report.Pools[0].Checks[0];
        Assert.Equal(("interpreter", DoctorStatus.Warning), (check.Name, check.Status));
        Assert.Empty(Environments());
    }

    [Fact(Timeout = Bound)]
    public async Task Host_that_is_killed_in_the_middle_leaves_no_process_and_nothing_half_used()
    {
        await SkipWithoutPipAsync();
        await HoldAsync();
        HostProcess host = Own(HostProcess.Start(
            HostScenarios.Preparing,
            new Dictionary<string, string?>
            {
                [HostScenarios.PreparedProject] = _project.Path, ["SNAKEPIT_TEST_GATE"] = _project["gate"], ["PIP_NO_INDEX"] = "1",
            }));
        await BuildBegunAsync();
        Pidfd guard = Own(new Pidfd(MarkedProcesses.ChildrenOf(host.Pid).Single()));
        string unfinished = Assert.Single(Environments(), static folder => !folder.EndsWith(".tmp", StringComparison.Ordinal));

        host.Kill();

        await guard.GoneAsync();
        Assert.DoesNotContain(MarkedProcesses.Find(host.Mark), pid => pid != host.Pid);
        List<string> steps = [];
        PythonDescription python = await PrepareAsync(steps);
        Assert.Equal(s_made.Length, steps.Count(IsCommand));
        Assert.NotEqual(unfinished, python.Environment);
        Assert.Equal([python.Environment!], Environments());
    }

    [Fact(Timeout = Bound)]
    public async Task Preparation_that_takes_too_long_is_ended()
    {
        await SkipWithoutPipAsync();
        await HoldAsync();
        Rig rig = Own(Create(python =>
        {
            python.PrepareTimeout = TimeSpan.FromSeconds(1);
            python.Variables["SNAKEPIT_TEST_GATE"] = _project["gate"];
        }));

        PythonNotFoundException thrown = await Assert.ThrowsAsync<PythonNotFoundException>(rig.StartAsync);

        Assert.Contains("not ready within Python.PrepareTimeout (1 s)", thrown.Message, StringComparison.Ordinal);
        Assert.Empty(Environments());
    }

    [Fact(Timeout = Bound)]
    public async Task Other_pool_serves_meanwhile_and_a_stop_ends_the_preparation()
    {
        await SkipWithoutPipAsync();
        await HoldAsync();
        Rig rig = Own(Rig.Create((builder, mark) =>
        {
            builder.Options.StartPolicy = StartPolicy.AnyReady;
            builder.AddPool("other", p =>
            {
                mark(p);
                (p.Adapter, p.Size) = (Rig.Adapter("tools.py"), 1);
            });
            builder.AddPool(Rig.OnlyPool, p =>
            {
                mark(p);
                (p.Adapter, p.Size) = (_project["uses.py"], 1);
                Configure(p.Python);
                p.Python.Variables["SNAKEPIT_TEST_GATE"] = _project["gate"];
            });
        }));

        await rig.StartAsync();
        await BuildBegunAsync();

        ToolArguments arguments = ToolArguments.Positional(40, 2);
        Assert.Equal(42, await rig.Runtime.GetPool("other").ExecuteAsync<int>("add", arguments, cancellationToken: Cancellation));
        await rig.DisposeAsync();
        Assert.Empty(MarkedProcesses.Find(rig.Mark));
        Assert.Empty(Environments());
    }

    [Theory(Timeout = Bound)]
    [InlineData("requirements.txt", "pip install --python")]
    [InlineData("pyproject.toml", "pip install --python")]
    [InlineData("uv.lock", "sync --frozen --no-dev --no-install-project in its environment")]
    public async Task Uv_installs_if_it_is_there(string file, string expected)
    {
        File.Delete(_project["requirements.txt"]);
        _project.Write(file, "[project]\n");
        // Another process writes the script: one that this process had open could not be run meanwhile.
        await RunAsync("/bin/sh", "-c", "cat > \"$1\" <<'END'\n" + FakeUv + "END\nchmod 755 \"$1\"", "sh", _project["uv"]);
        var python = new PythonOptions();
        Configure(python);
        python.Variables["PATH"] = $"{_project.Path}:{Environment.GetEnvironmentVariable("PATH")}";
        List<string> steps = [];

        PythonDescription prepared = await PythonEnvironment.PrepareAsync(python, new Steps(steps), Cancellation);

        Assert.Equal([prepared.Environment!], Environments());
        Assert.Contains(steps, step => step.Contains(expected, StringComparison.Ordinal));
        Assert.Contains(steps, step => step.StartsWith(_project["uv"], StringComparison.Ordinal));
    }

    [Fact(Timeout = Bound)]
    public async Task Lock_of_uv_without_uv_is_told()
    {
        _project.Write("uv.lock", "version = 1\n");
        Rig rig = Own(Create(static python => python.Variables["PATH"] = "/nowhere"));

        PythonNotFoundException thrown = await Assert.ThrowsAsync<PythonNotFoundException>(rig.StartAsync);

        Assert.Contains("its uv.lock needs uv, which is not on PATH. Install uv, or", thrown.Message, StringComparison.Ordinal);
    }

    /// <summary>Debian has pip and ensurepip in packages of their own, which a machine may lack.</summary>
    private static async Task SkipWithoutPipAsync()
    {
        using var tools = new PythonTools(TimeProvider.System);
        PythonInterpreter python = await tools.Locator.LocateAsync(new PythonOptions(), Cancellation);
        CommandOutput output = await tools.Host.RunAsync(
            python.Executable,
            ["-c", "import importlib.util as u, sys; sys.exit(not (u.find_spec('pip') or u.find_spec('ensurepip')))"],
            TimeSpan.FromSeconds(30),
            Cancellation);
        Assert.SkipUnless(output.ExitCode == 0, "This machine's python3 has neither pip nor ensurepip.");
    }

    private string[] Environments() => Directory.GetDirectories(PreparedEnvironments.FolderOf(_project.Path));

    private static bool IsCommand(string step) => s_made.Any(part => step.Contains(part, StringComparison.Ordinal));

    private static IEnumerable<string> StepsOf(Rig rig) =>
        rig.Log.All.Where(static entry => entry.Id.Id == EventIds.EnvironmentStep).Select(static entry => entry.Text);

    /// <summary>Builds a wheel with one module, as the smallest build backend would.</summary>
    private static void BuildWheel(string folder, string version)
    {
        string info = $"acme_prepared-{version}.dist-info";
        using FileStream file = File.Create(Path.Combine(folder, $"acme_prepared-{version}-py3-none-any.whl"));
        using var wheel = new ZipArchive(file, ZipArchiveMode.Create);
        foreach ((string name, string content) in new Dictionary<string, string>
        {
            ["acme_prepared.py"] = $"VERSION = '{version}'\n",
            [$"{info}/METADATA"] = $"Metadata-Version: 2.1\nName: acme-prepared\nVersion: {version}\n",
            [$"{info}/WHEEL"] = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            [$"{info}/RECORD"] = $"acme_prepared.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
        })
        {
            using var writer = new StreamWriter(wheel.CreateEntry(name).Open());
            writer.Write(content);
        }
    }

    private static async Task RunAsync(string command, params string[] arguments)
    {
        CommandOutput output = await new HostSystem(TimeProvider.System).RunAsync(
            command, arguments, TimeSpan.FromSeconds(30), Cancellation);
        Assert.Equal(0, output.ExitCode);
    }

    /// <summary>Has the project need a package whose build waits while there is a gate.</summary>
    private async Task HoldAsync()
    {
        await RunAsync("mkfifo", _project["gate"]);
        Directory.CreateDirectory(_project["held"]);
        _project.Write("held/pyproject.toml", "[build-system]\nrequires = []\nbuild-backend = 'held'\nbackend-path = ['.']\n");
        _project.Write("held/held.py", HeldBackend);
        _project.Write("requirements.txt", "./held\n");
    }

    /// <summary>Waits until the build of that package waits.</summary>
    private Task<string> BuildBegunAsync() => Task.Factory.StartNew(
        () => File.ReadAllText(_project["gate"]), Cancellation, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private Rig Create(Action<PythonOptions>? configure = null) => Rig.Create("tools.py", p =>
    {
        p.Adapter = _project["uses.py"];
        Configure(p.Python);
        configure?.Invoke(p.Python);
    });

    private void Configure(PythonOptions python)
    {
        (python.Project, python.PrepareEnvironment) = (_project.Path, true);
        python.Variables["PIP_NO_INDEX"] = "1";
        python.Variables["PIP_FIND_LINKS"] = _project.Path;
    }

    private async Task<PythonDescription> PrepareAsync(List<string> steps)
    {
        var python = new PythonOptions();
        Configure(python);
        return await PythonEnvironment.PrepareAsync(python, new Steps(steps), Cancellation);
    }

    /// <summary>The environments of a project in the user's cache, which are deleted after the test.</summary>
    private sealed class PreparedEnvironments(string project) : IDisposable
    {
        public static string FolderOf(string project) => EnvironmentPreparation.FolderOf(new HostSystem(TimeProvider.System), project);

        public void Dispose() => Directory.Delete(FolderOf(project), recursive: true);
    }

    private sealed class Steps(List<string> steps) : IProgress<string>
    {
        private readonly Lock _gate = new();

        public void Report(string value)
        {
            lock (_gate)
            {
                steps.Add(value);
            }
        }
    }
}
